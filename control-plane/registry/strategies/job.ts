import { isDeepStrictEqual } from 'node:util';
import type { Job, PodSpec, PodTemplateSpec } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { labelSelector, selects } from './field-checks.ts';
import { immutableDetail, invalidValue, requiredValue } from './field-errors.ts';
import { internalForm, internalPodTemplate } from './internal-form.ts';
import { jobStatusErrors } from './job-status.ts';
import { validateJobSpec } from './job-spec-validation.ts';
import { defaultPodTemplate } from './pod-template.ts';
import { podSpecWarnings } from './pod-warnings.ts';

type JobSpec = NonNullable<Job['spec']>;

const uidLabels = ['batch.kubernetes.io/controller-uid', 'controller-uid'] as const;
const nameLabels = ['batch.kubernetes.io/job-name', 'job-name'] as const;

export const jobStrategy: Strategy<Job> = {
  default(job) {
    const spec = (job.spec ??= {} as JobSpec);
    defaultJobSpec(spec);
  },
  prepareForCreate(job) {
    job.status = {};
    if (job.spec && job.spec.manualSelector !== true) selectOwnPods(job, job.spec);
    const labels = job.spec?.template?.metadata?.labels;
    if (labels && Object.keys(job.metadata?.labels ?? {}).length === 0)
      job.metadata = { ...job.metadata, labels: { ...labels } };
  },
  validate: (job, old) => [...validateJob(job.spec ?? {}), ...ownPodsErrors(job, old)],
  warnings: ({ spec }) => (spec?.template?.spec ? podSpecWarnings(spec.template.spec, 'spec.template.spec') : []),
  // Upstream looks at all of an updated job twice.
  validateUpdate: ({ spec = {} }, old) => [...validateJob(spec), ...changedFields(spec, old)],
  validateStatusUpdate: jobStatusErrors,
};

function validateJob(spec: Partial<JobSpec>): readonly FieldError[] {
  return [...validateJobSpec(spec, 'spec'), ...validateSelector(spec)];
}

/** What cannot be changed and was. */
function changedFields(spec: Partial<JobSpec>, old: Job): readonly FieldError[] {
  const before: Partial<JobSpec> = old.spec ?? {};
  const errors: FieldError[] = [];
  const keep = <Field extends keyof JobSpec>(
    field: Field,
    shown: (value: JobSpec[Field]) => unknown = (one) => one,
  ) => {
    const value = spec[field];
    if (!isDeepStrictEqual(value, before[field]))
      errors.push(invalidValue(`spec.${field}`, value === undefined ? undefined : shown(value), immutableDetail));
  };
  if (spec.completionMode !== 'Indexed') keep('completions');
  else if (
    spec.completions !== undefined &&
    spec.completions !== before.completions &&
    spec.completions !== spec.parallelism
  ) {
    const detail = 'can only be modified in tandem with spec.parallelism';
    errors.push(invalidValue('spec.completions', spec.completions, detail));
  }
  keep('selector');
  keep('completionMode');
  keep('podFailurePolicy', (policy) => internalForm('FailurePolicy', policy));
  keep('backoffLimitPerIndex');
  keep('managedBy');
  keep('successPolicy', (policy) => internalForm('SuccessPolicy', policy));
  // A job that has not begun may still be put where there is room for it.
  const mayMove = before.suspend === true && old.status?.startTime === undefined;
  if (!mayMove) keep('template', internalPodTemplate);
  return errors;
}

function defaultJobSpec(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) {
    spec.completions = 1;
    spec.parallelism = 1;
  }
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  defaultJobParts(spec);
}

/** What is filled in within a job, also where it stands in another object. */
export function defaultJobParts(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? [])
    for (const condition of rule.onPodConditions ?? []) condition.status ||= 'True';
  spec.template ??= {};
  spec.template.spec ??= {} as PodSpec;
  defaultPodTemplate(spec.template);
}

/** A job selects the pods that it makes by its own UID. */
function selectOwnPods(job: Job, spec: Partial<JobSpec>): void {
  const uid = job.metadata?.uid ?? '';
  const name = job.metadata?.name ?? '';
  const template: PodTemplateSpec = spec.template ?? {};
  template.metadata ??= {};
  template.metadata.labels = {
    ...template.metadata.labels,
    ...Object.fromEntries(uidLabels.map((label) => [label, uid])),
    ...Object.fromEntries(nameLabels.map((label) => [label, name])),
  };
  spec.template = template;
  spec.selector ??= {};
  spec.selector.matchLabels = { ...spec.selector.matchLabels, [uidLabels[0]]: uid };
}

/** Who does not say that the selector is his own leaves it to the server, whole. */
function ownPodsErrors({ metadata, spec }: Job, old: Job | undefined): readonly FieldError[] {
  const { selector, template, manualSelector } = spec ?? {};
  if (manualSelector === true || !selector) return [];
  // What an update leaves as it is was judged when it came.
  if (old && old.spec?.manualSelector !== true && isDeepStrictEqual(selector, old.spec?.selector)) return [];
  const { uid = '', name = '' } = metadata ?? {};
  const isOwn = uidLabels.some((label) => isDeepStrictEqual(selector, { matchLabels: { [label]: uid } }));
  return [
    ...ownLabel(template, 'controller-uid', uid),
    ...ownLabel(template, 'job-name', name),
    ...(isOwn ? [] : [invalidValue('spec.selector', selector, '`selector` not auto-generated')]),
  ];
}

function ownLabel(template: PodTemplateSpec | undefined, label: string, expected: string): readonly FieldError[] {
  const value = template?.metadata?.labels?.[label];
  const field = `spec.template.metadata.labels[${label}]`;
  const detail = `must be '${expected}'`;
  if (value === undefined) return [requiredValue(field, detail)];
  return value === expected ? [] : [invalidValue(field, value, detail)];
}

function validateSelector({ selector, template }: Partial<JobSpec>): readonly FieldError[] {
  const found = template?.metadata?.labels;
  const errors = selector ? labelSelector('spec.selector', selector) : [requiredValue('spec.selector')];
  if (selector && (errors.length > 0 || selects(selector, found))) return errors;
  const detail = '`selector` does not match template `labels`';
  return [...errors, invalidValue('spec.template.metadata.labels', found, detail)];
}
