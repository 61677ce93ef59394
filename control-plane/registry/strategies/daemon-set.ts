import { isDeepStrictEqual } from 'node:util';
import type { DaemonSet } from '../../../lib/kube/types.ts';
import { isEqualJson } from '../api-object.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { collisionsStay, countsInStatus } from './counts-in-status.ts';
import { countOrPercent, nonNegative } from './field-checks.ts';
import { immutableDetail, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';
import { defaultPodTemplate, validateSelectorAndTemplate } from './pod-template.ts';
import { podSpecWarnings } from './pod-warnings.ts';
import { shownStrategy } from './shown-strategy.ts';

type UpdateStrategy = NonNullable<NonNullable<DaemonSet['spec']>['updateStrategy']>;
type RollingUpdate = NonNullable<UpdateStrategy['rollingUpdate']>;

/** How many templates there have been, which clients of before `apps/v1` went by. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

const statusCounts = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
];

export const daemonSetStrategy: Strategy<DaemonSet> = {
  default({ spec }) {
    if (!spec) return;
    spec.revisionHistoryLimit ??= 10;
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    defaultPodTemplate(spec.template);
  },
  prepareForCreate(set) {
    noteGeneration(set, 1);
    set.status = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
  },
  prepareForUpdate(set, old) {
    const before = Number(old.metadata?.annotations?.[TEMPLATE_GENERATION]) || 1;
    const isSame = isEqualJson(set.spec?.template, old.spec?.template);
    noteGeneration(set, isSame ? before : before + 1);
  },
  validate: ({ spec }) => [
    ...validateSelectorAndTemplate(spec?.selector, spec?.template, 'DaemonSet'),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit),
    ...(spec?.updateStrategy ? validateUpdateStrategy(spec.updateStrategy) : []),
  ],
  validateStatusUpdate: ({ status }, { status: old }) => [
    ...countsInStatus(status, statusCounts),
    ...collisionsStay(status, old),
  ],
  warnings: ({ spec }) => (spec?.template?.spec ? podSpecWarnings(spec.template.spec, 'spec.template.spec') : []),
  validateUpdate: ({ spec }, old) =>
    isDeepStrictEqual(spec?.selector, old.spec?.selector)
      ? []
      : [invalidValue('spec.selector', spec?.selector, immutableDetail)],
};

function noteGeneration({ metadata }: DaemonSet, generation: number): void {
  if (metadata) metadata.annotations = { ...metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

function validateUpdateStrategy(strategy: UpdateStrategy): readonly FieldError[] {
  const { type, rollingUpdate } = strategy;
  const at = 'spec.updateStrategy';
  if (type === 'RollingUpdate') return rollingUpdate ? validateRollingUpdate(rollingUpdate, `${at}.rollingUpdate`) : [];
  if (type === 'OnDelete') return [];
  const shown = shownStrategy(strategy, { maxUnavailable: 0, maxSurge: 0 });
  return [unsupportedValue(at, shown, ['RollingUpdate', 'OnDelete'])];
}

/** Either an old pod may be away or a new one be more. */
function validateRollingUpdate({ maxUnavailable, maxSurge }: RollingUpdate, at: string): readonly FieldError[] {
  const errors: FieldError[] = [
    ...countOrShare(`${at}.maxUnavailable`, maxUnavailable),
    ...countOrShare(`${at}.maxSurge`, maxSurge),
  ];
  const [mayBeAway, mayBeMore] = [maxUnavailable, maxSurge].map((value) => amountOf(value) !== 0);
  if (mayBeAway && mayBeMore)
    errors.push(invalidValue(`${at}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  if (!mayBeAway && !mayBeMore) errors.push(requiredValue(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  return errors;
}

function countOrShare(field: string, value: number | string | undefined): readonly FieldError[] {
  const errors = countOrPercent(field, value);
  return typeof value === 'string' && amountOf(value) > 100
    ? [...errors, invalidValue(field, value, 'must not be greater than 100%')]
    : errors;
}

/** The number that is said; what is no number is none. */
function amountOf(value: number | string | undefined): number {
  if (typeof value !== 'string') return value ?? 0;
  return /^[0-9]+%$/.test(value) ? Number.parseInt(value, 10) : 0;
}
