import type { Job } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { domainPrefixedPath, labels, nonNegative, oneOf } from './field-checks.ts';
import { invalidValue, requiredValue, tooLong, unsupportedValue } from './field-errors.ts';
import { validateFailurePolicy, validateSuccessPolicy } from './job-policy-validation.ts';
import { validateTemplatePodSpec } from './pod-template.ts';

type JobSpec = NonNullable<Job['spec']>;

/** Of a job whose indexes may fail one by one: completed and failed indexes are kept in its status. */
const MAX_INDEXED = 100_000;
/** The same where there are more completions than that. */
const MAX_OF_MANY = 10_000;
const MAX_MANAGER_BYTES = 63;

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
  'ttlSecondsAfterFinished',
] as const;

/** The specification of a job that stands at `field`, without its selector. */
export function validateJobSpec(spec: Partial<JobSpec>, field: string): readonly FieldError[] {
  const { completionMode, podFailurePolicy, template } = spec;
  const replacements = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return [
    ...counts.flatMap((name) => nonNegative(`${field}.${name}`, spec[name])),
    ...oneOf(`${field}.completionMode`, completionMode, ['NonIndexed', 'Indexed']),
    ...oneOf(`${field}.podReplacementPolicy`, spec.podReplacementPolicy, replacements),
    ...validateIndexes(spec, field),
    ...validateFailurePolicy(spec, `${field}.podFailurePolicy`),
    ...validateSuccessPolicy(spec, `${field}.successPolicy`),
    ...labels(`${field}.template.labels`, template?.metadata?.labels),
    ...(template?.spec
      ? validateTemplatePodSpec(template.spec, `${field}.template.spec`)
      : [requiredValue(`${field}.template.spec.containers`)]),
    ...validateRestartPolicy(spec, `${field}.template.spec.restartPolicy`),
    ...validateManager(`${field}.managedBy`, spec.managedBy),
  ];
}

/** Who sees to the job, if not the controller here. */
function validateManager(field: string, manager: string | undefined): readonly FieldError[] {
  if (manager === undefined) return [];
  if (manager === '') return [requiredValue(field)];
  return [
    ...domainPrefixedPath(field, manager),
    ...(Buffer.byteLength(manager) > MAX_MANAGER_BYTES ? [tooLong(field, MAX_MANAGER_BYTES)] : []),
  ];
}

function validateRestartPolicy({ template, podFailurePolicy }: Partial<JobSpec>, at: string): readonly FieldError[] {
  const policy = template?.spec?.restartPolicy ?? 'Always';
  if (policy === 'Always') return [requiredValue(at, 'valid values: "OnFailure", "Never"')];
  if (policy !== 'OnFailure' && policy !== 'Never') return [unsupportedValue(at, policy, ['OnFailure', 'Never'])];
  return podFailurePolicy && policy !== 'Never'
    ? [invalidValue(at, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
}

/** What only a job that counts by indexes may have, and how much of it. */
function validateIndexes(spec: Partial<JobSpec>, field: string): readonly FieldError[] {
  const { completionMode, completions, backoffLimitPerIndex, maxFailedIndexes } = spec;
  const errors: FieldError[] = [];
  if (completionMode === 'NonIndexed') {
    for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
      if (spec[name] !== undefined)
        errors.push(invalidValue(`${field}.${name}`, spec[name], 'requires indexed completion mode'));
  }
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined)
    errors.push(requiredValue(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  if (completionMode !== 'Indexed') return errors;
  const atMost = (name: 'parallelism' | 'maxFailedIndexes', max: number, when: string) => {
    const value = spec[name];
    if (value !== undefined && value > max)
      errors.push(invalidValue(`${field}.${name}`, value, `must be less than or equal to ${max}${when}`));
  };
  if (completions === undefined) errors.push(requiredValue(`${field}.completions`, 'when completion mode is Indexed'));
  atMost('parallelism', MAX_INDEXED, ' when completion mode is Indexed');
  atMost('maxFailedIndexes', MAX_INDEXED, '');
  if (completions === undefined) return errors;
  if (maxFailedIndexes !== undefined && maxFailedIndexes > completions)
    errors.push(
      invalidValue(`${field}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'),
    );
  if (completions <= MAX_INDEXED || backoffLimitPerIndex === undefined) return errors;
  if (maxFailedIndexes === undefined)
    errors.push(
      requiredValue(`${field}.maxFailedIndexes`, `must be specified when completions is above ${MAX_INDEXED}`),
    );
  const when = ` when completions are above ${MAX_INDEXED} and used with backoff limit per index`;
  atMost('parallelism', MAX_OF_MANY, when);
  atMost('maxFailedIndexes', MAX_OF_MANY, when);
  return errors;
}
