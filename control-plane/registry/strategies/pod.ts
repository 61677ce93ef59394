import type { Pod } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { noEphemeralContainers } from './ephemeral-validation.ts';
import { requiredValue } from './field-errors.ts';
import { defaultPodSpec, defaultRunningPodSpec } from './pod-defaults.ts';
import { ephemeralContainersStrategy } from './pod-ephemeral-containers.ts';
import { qosClassOf } from './pod-qos.ts';
import { validatePodSpec } from './pod-spec-validation.ts';
import { validatePodSpecUpdate } from './pod-update.ts';
import { podSpecWarnings } from './pod-warnings.ts';

export const podStrategy: Strategy<Pod> = {
  default(pod) {
    if (!pod.spec) return;
    defaultPodSpec(pod.spec);
    defaultRunningPodSpec(pod.spec);
  },
  prepareForCreate(pod) {
    pod.status = { phase: 'Pending', ...(pod.spec ? { qosClass: qosClassOf(pod.spec) } : {}) };
  },
  prepareForStatusUpdate(pod, old) {
    // Which class a pod is in is decided when it is made.
    if (pod.status && old.status?.qosClass) pod.status.qosClass = old.status.qosClass;
  },
  validate({ spec }, old) {
    if (!spec) return [requiredValue('spec.containers')];
    const isNew = old === undefined;
    return [
      ...validatePodSpec(spec, 'spec'),
      ...(isNew ? noEphemeralContainers(spec, 'spec', 'cannot be set on create') : []),
    ];
  },
  validateUpdate: (pod, old) => (pod.spec && old.spec ? validatePodSpecUpdate(pod.spec, old.spec) : []),
  warnings: ({ spec }) => (spec ? podSpecWarnings(spec, 'spec') : []),
  subresources: { ephemeralcontainers: ephemeralContainersStrategy },
};
