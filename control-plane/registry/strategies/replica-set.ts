import { isDeepStrictEqual } from 'node:util';
import type { ReplicaSet } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { replicasInStatus } from './counts-in-status.ts';
import { nonNegative } from './field-checks.ts';
import { immutableDetail, invalidValue } from './field-errors.ts';
import { defaultPodTemplate, validateSelectorAndTemplate } from './pod-template.ts';
import { podSpecWarnings } from './pod-warnings.ts';

export const replicaSetStrategy: Strategy<ReplicaSet> = {
  default({ spec }) {
    if (!spec) return;
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  prepareForCreate(replicaSet) {
    replicaSet.status = { replicas: 0 };
  },
  validate: ({ spec }) => [
    ...nonNegative('spec.replicas', spec?.replicas),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateSelectorAndTemplate(spec?.selector, spec?.template),
  ],
  validateStatusUpdate: ({ status }) => replicasInStatus(status),
  warnings: ({ spec }) => (spec?.template?.spec ? podSpecWarnings(spec.template.spec, 'spec.template.spec') : []),
  validateUpdate: ({ spec }, old) =>
    isDeepStrictEqual(spec?.selector, old.spec?.selector)
      ? []
      : [invalidValue('spec.selector', spec?.selector, immutableDetail)],
};
