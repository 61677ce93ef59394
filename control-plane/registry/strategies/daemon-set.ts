import { isDeepStrictEqual } from 'node:util';
import type { DaemonSet } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { countOrPercent, nonNegative, oneOf } from './field-checks.ts';
import { immutableDetail, invalidValue } from './field-errors.ts';
import { defaultPodTemplate, validateSelectorAndTemplate } from './pod-template.ts';
import { podSpecWarnings } from './pod-warnings.ts';

type UpdateStrategy = NonNullable<NonNullable<DaemonSet['spec']>['updateStrategy']>;

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
    set.status = { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 };
  },
  validate: ({ spec }) => [
    ...validateSelectorAndTemplate(spec?.selector, spec?.template, 'DaemonSet'),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit),
    ...validateUpdateStrategy(spec?.updateStrategy ?? {}),
  ],
  warnings: ({ spec }) => (spec?.template?.spec ? podSpecWarnings(spec.template.spec, 'spec.template.spec') : []),
  validateUpdate: ({ spec }, old) =>
    isDeepStrictEqual(spec?.selector, old.spec?.selector)
      ? []
      : [invalidValue('spec.selector', spec?.selector, immutableDetail)],
};

function validateUpdateStrategy({ type, rollingUpdate }: UpdateStrategy): readonly FieldError[] {
  const errors: FieldError[] = [...oneOf('spec.updateStrategy.type', type, ['RollingUpdate', 'OnDelete'])];
  if (type !== 'RollingUpdate' || !rollingUpdate) return errors;
  const at = 'spec.updateStrategy.rollingUpdate';
  const { maxUnavailable, maxSurge } = rollingUpdate;
  errors.push(...countOrPercent(`${at}.maxUnavailable`, maxUnavailable), ...countOrPercent(`${at}.maxSurge`, maxSurge));
  const isZero = (value: number | string | undefined) => Number.parseInt(String(value ?? 0), 10) === 0;
  if (errors.length === 0 && isZero(maxUnavailable) === isZero(maxSurge)) {
    const detail = isZero(maxSurge)
      ? 'cannot be 0 when maxSurge is 0'
      : 'may not be set when maxUnavailable is non-zero';
    const field = isZero(maxSurge) ? 'maxUnavailable' : 'maxSurge';
    errors.push(invalidValue(`${at}.${field}`, isZero(maxSurge) ? maxUnavailable : maxSurge, detail));
  }
  return errors;
}
