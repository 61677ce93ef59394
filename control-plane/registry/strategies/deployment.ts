import type { Deployment } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { defaultPodTemplate } from './pod-template.ts';

export const deploymentStrategy: Strategy<Deployment> = {
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
};
