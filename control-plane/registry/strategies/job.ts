import { isDeepStrictEqual } from 'node:util';
import type { Job, PodTemplateSpec } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { labelSelector, labels, nonNegative, oneOf, selects } from './field-checks.ts';
import { forbiddenField, immutableDetail, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';
import { defaultPodTemplate, validateTemplatePodSpec } from './pod-template.ts';
import { podSpecWarnings } from './pod-warnings.ts';

type JobSpec = NonNullable<Job['spec']>;

const uidLabels = ['batch.kubernetes.io/controller-uid', 'controller-uid'] as const;
const nameLabels = ['batch.kubernetes.io/job-name', 'job-name'] as const;
/** Pods of an indexed job at most: completed indexes are kept in its status. */
const MAX_INDEXED = 100_000;

export const jobStrategy: Strategy<Job> = {
  default({ spec }) {
    if (spec) defaultJobSpec(spec);
  },
  prepareForCreate(job) {
    job.status = {};
    if (job.spec && job.spec.manualSelector !== true) selectOwnPods(job, job.spec);
  },
  validate: ({ spec }) =>
    spec ? [...validateJobSpec(spec, 'spec'), ...validateSelector(spec)] : [requiredValue('spec')],
  warnings: ({ spec }) => (spec?.template?.spec ? podSpecWarnings(spec.template.spec, 'spec.template.spec') : []),
  validateUpdate: ({ spec }, old) => {
    const errors: FieldError[] = [];
    const keep = (field: string, now: unknown, before: unknown) => {
      if (!isDeepStrictEqual(now, before)) errors.push(invalidValue(`spec.${field}`, now, immutableDetail));
    };
    const isElastic = spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism;
    if (!isElastic) keep('completions', spec?.completions, old.spec?.completions);
    keep('selector', spec?.selector, old.spec?.selector);
    keep('completionMode', spec?.completionMode, old.spec?.completionMode);
    keep('podFailurePolicy', spec?.podFailurePolicy, old.spec?.podFailurePolicy);
    keep('backoffLimitPerIndex', spec?.backoffLimitPerIndex, old.spec?.backoffLimitPerIndex);
    // A job that has not begun may still be put where there is room for it.
    const mayMove = old.spec?.suspend === true && old.status?.startTime === undefined;
    if (!mayMove) keep('template', spec?.template, old.spec?.template);
    return errors;
  },
};

export function defaultJobSpec(spec: Partial<JobSpec>): void {
  if (spec.completions === undefined && spec.parallelism === undefined) {
    spec.completions = 1;
    spec.parallelism = 1;
  }
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647;
  spec.completionMode ||= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ||= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
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
  job.metadata = { ...job.metadata, labels: { ...template.metadata.labels, ...job.metadata?.labels } };
}

function validateSelector({ selector, template }: Partial<JobSpec>): readonly FieldError[] {
  if (!selector) return [requiredValue('spec.selector')];
  if (selects(selector, template?.metadata?.labels)) return labelSelector('spec.selector', selector);
  return [
    invalidValue(
      'spec.template.metadata.labels',
      template?.metadata?.labels ?? {},
      '`selector` does not match template `labels`',
    ),
  ];
}

/** The specification of a job that stands at `field`, without its selector. */
export function validateJobSpec(spec: Partial<JobSpec>, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const name of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
    'ttlSecondsAfterFinished',
  ] as const) {
    errors.push(...nonNegative(`${field}.${name}`, spec[name]));
  }
  errors.push(...oneOf(`${field}.completionMode`, spec.completionMode, ['Indexed', 'NonIndexed']));
  errors.push(...oneOf(`${field}.podReplacementPolicy`, spec.podReplacementPolicy, ['Failed', 'TerminatingOrFailed']));
  if (spec.completionMode === 'Indexed') {
    if (spec.completions === undefined)
      errors.push(requiredValue(`${field}.completions`, 'when completion mode is Indexed'));
    if ((spec.parallelism ?? 0) > MAX_INDEXED)
      errors.push(
        invalidValue(
          `${field}.parallelism`,
          spec.parallelism,
          `must be less than or equal to ${MAX_INDEXED} when completion mode is Indexed`,
        ),
      );
  } else if (spec.backoffLimitPerIndex !== undefined) {
    errors.push(requiredValue(`${field}.completionMode`, 'must be Indexed when backoffLimitPerIndex is set'));
  }
  const { template } = spec;
  if (!template?.spec) return [...errors, requiredValue(`${field}.template.spec.containers`)];
  errors.push(...labels(`${field}.template.labels`, template.metadata?.labels));
  errors.push(...validateTemplatePodSpec(template.spec, `${field}.template.spec`));
  const { restartPolicy } = template.spec;
  const at = `${field}.template.spec.restartPolicy`;
  if (restartPolicy === 'Always') errors.push(requiredValue(at, 'valid values: "OnFailure", "Never"'));
  else if (restartPolicy !== undefined && restartPolicy !== 'OnFailure' && restartPolicy !== 'Never')
    errors.push(unsupportedValue(at, restartPolicy, ['OnFailure', 'Never']));
  if (spec.podFailurePolicy && restartPolicy !== 'Never')
    errors.push(forbiddenField(`${field}.podFailurePolicy`, 'only "Never" is supported for restartPolicy with it'));
  return errors;
}
