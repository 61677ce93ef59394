import type { Pod, PodSpec } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { noEphemeralContainers } from './ephemeral-validation.ts';
import { forbiddenField, requiredValue } from './field-errors.ts';
import { defaultPodSpec, defaultRunningPodSpec } from './pod-defaults.ts';
import { ephemeralContainersStrategy } from './pod-ephemeral-containers.ts';
import { resizeStrategy } from './pod-resize.ts';
import { qosClassOf } from './pod-qos.ts';
import { validateNodeName, validatePodSpec } from './pod-spec-validation.ts';
import { validatePodSpecUpdate } from './pod-update.ts';
import { completePodStatus, podStatusErrors } from './pod-status.ts';
import { podSpecWarnings } from './pod-warnings.ts';

/** Tokens are the account's. A template may leave it to its pods whose. */
function noTokens({ volumes = [] }: PodSpec): readonly FieldError[] {
  return volumes.flatMap(({ projected }, index) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, place) => {
      const field = `spec.volumes[${index}].projected.sources[${place}].serviceAccountToken`;
      return serviceAccountToken
        ? [forbiddenField(field, 'must not be specified when serviceAccountName is not set')]
        : [];
    }),
  );
}

/** Looks at which values they are, and not at what these say: an update shares with the old object what it leaves. */
function isSameButForNode(spec: PodSpec, old: PodSpec): boolean {
  const others = (one: PodSpec) => Object.entries(one).filter(([name]) => name !== 'nodeName');
  const own = others(spec);
  return own.length === others(old).length && own.every(([name, value]) => value === old[name as keyof PodSpec]);
}

export const podStrategy: Strategy<Pod> = {
  default(pod) {
    pod.spec ??= { containers: [] };
    defaultPodSpec(pod.spec);
    defaultRunningPodSpec(pod.spec);
  },
  prepareForCreate(pod) {
    pod.status = { phase: 'Pending', ...(pod.spec ? { qosClass: qosClassOf(pod.spec) } : {}) };
  },
  prepareForStatusUpdate(pod, old) {
    pod.status ??= {};
    completePodStatus(pod.status, old.status);
  },
  validate({ spec }, old) {
    if (!spec) return [requiredValue('spec.containers')];
    // What an update leaves as it is was judged when it came.
    if (old?.spec && isSameButForNode(spec, old.spec)) return validateNodeName(spec, 'spec');
    const isNew = old === undefined;
    return [
      ...validatePodSpec(spec, 'spec'),
      ...(spec.serviceAccountName ? [] : noTokens(spec)),
      ...(isNew ? noEphemeralContainers(spec, 'spec', 'cannot be set on create') : []),
    ];
  },
  validateStatusUpdate: ({ status = {} }, old) => podStatusErrors(status, old.status ?? {}),
  validateUpdate: (pod, old) => (pod.spec && old.spec ? validatePodSpecUpdate(pod.spec, old.spec) : []),
  warnings: ({ spec }) => (spec ? podSpecWarnings(spec, 'spec') : []),
  specRules: { own: 'nodeName', validateOwn: (spec) => validateNodeName(spec, 'spec') },
  subresources: { ephemeralcontainers: ephemeralContainersStrategy, resize: resizeStrategy },
};
