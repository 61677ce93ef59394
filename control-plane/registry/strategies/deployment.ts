import { isDeepStrictEqual } from 'node:util';
import type { Deployment } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { collisionsStay, countsInStatus, notMoreThan } from './counts-in-status.ts';
import { countOrPercent, nonNegative } from './field-checks.ts';
import { forbiddenField, immutableDetail, invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';
import { defaultPodTemplate, validateSelectorAndTemplate } from './pod-template.ts';
import { podSpecWarnings } from './pod-warnings.ts';
import { shownStrategy } from './shown-strategy.ts';

type RollingUpdate = NonNullable<NonNullable<NonNullable<Deployment['spec']>['strategy']>['rollingUpdate']>;

const statusCounts = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'terminatingReplicas',
  'collisionCount',
];

export const deploymentStrategy: Strategy<Deployment> = {
  generationCountsAnnotations: true,
  default({ spec }) {
    if (!spec) return;
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    spec.strategy ??= {};
    spec.strategy.type ||= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
      spec.strategy.rollingUpdate.maxSurge ??= '25%';
    }
    defaultPodTemplate(spec.template);
  },
  prepareForCreate(deployment) {
    deployment.status = {};
  },
  validate({ spec }) {
    if (!spec) return validateSelectorAndTemplate(undefined, undefined);
    const errors: FieldError[] = [
      ...nonNegative('spec.replicas', spec.replicas),
      ...validateSelectorAndTemplate(spec.selector, spec.template),
      ...validateStrategy(spec.strategy ?? {}),
      ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
      ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
      ...nonNegative('spec.progressDeadlineSeconds', spec.progressDeadlineSeconds),
    ];
    const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
    if (deadline !== undefined && deadline <= minReadySeconds) {
      errors.push(invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
    }
    return errors;
  },
  validateStatusUpdate: ({ status }, { status: old }) => [
    ...countsInStatus(status, statusCounts),
    ...notMoreThan(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas'], 'replicas', 'status.replicas'),
    ...notMoreThan(status, ['availableReplicas'], 'readyReplicas', 'readyReplicas'),
    ...collisionsStay(status, old),
  ],
  warnings: ({ spec }) => (spec?.template?.spec ? podSpecWarnings(spec.template.spec, 'spec.template.spec') : []),
  validateUpdate: ({ spec }, old) =>
    isDeepStrictEqual(spec?.selector, old.spec?.selector)
      ? []
      : [invalidValue('spec.selector', spec?.selector, immutableDetail)],
};

function validateStrategy(strategy: NonNullable<NonNullable<Deployment['spec']>['strategy']>): readonly FieldError[] {
  const { type, rollingUpdate } = strategy;
  const errors: FieldError[] = [];
  if (type === 'Recreate' && rollingUpdate) {
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    errors.push(forbiddenField('spec.strategy.rollingUpdate', detail));
  } else if (type === 'RollingUpdate') {
    if (!rollingUpdate)
      errors.push(requiredValue('spec.strategy.rollingUpdate', 'this should be defaulted and never be nil'));
    else errors.push(...validateRollingUpdate(rollingUpdate));
  } else if (type !== 'Recreate') {
    const shown = shownStrategy(strategy, { maxUnavailable: 0, maxSurge: 0 });
    errors.push(unsupportedValue('spec.strategy', shown, ['Recreate', 'RollingUpdate']));
  }
  return errors;
}

function validateRollingUpdate({ maxSurge, maxUnavailable }: RollingUpdate): readonly FieldError[] {
  const at = 'spec.strategy.rollingUpdate';
  const errors: FieldError[] = [
    ...countOrPercent(`${at}.maxUnavailable`, maxUnavailable),
    ...countOrPercent(`${at}.maxSurge`, maxSurge),
  ];
  if (errors.length > 0) return errors;
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    errors.push(invalidValue(`${at}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  }
  if (typeof maxUnavailable === 'string' && Number.parseInt(maxUnavailable, 10) > 100) {
    errors.push(invalidValue(`${at}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'));
  }
  return errors;
}

function isZero(value: number | string | undefined): boolean {
  return value === undefined || Number.parseInt(String(value), 10) === 0;
}
