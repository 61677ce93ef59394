import type { ReplicaSet } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { defaultPodTemplate } from './pod-template.ts';

export const replicaSetStrategy: Strategy<ReplicaSet> = {
  default({ spec }) {
    if (!spec) return;
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  prepareForCreate(replicaSet) {
    replicaSet.status = { replicas: 0 };
  },
};
