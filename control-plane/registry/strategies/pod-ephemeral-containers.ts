import type { Pod, PodSpec } from '../../../lib/kube/types.ts';
import { cloneObject, isEqualJson } from '../api-object.ts';
import type { FieldError, SubresourceStrategy } from '../strategy.ts';
import { forbiddenField } from './field-errors.ts';

/** `pods/ephemeralcontainers`: adds containers to a pod that runs, to look into it; `kubectl debug` does so. */
export const ephemeralContainersStrategy: SubresourceStrategy<Pod> = {
  prepareForUpdate(pod, old) {
    const added = pod.spec?.ephemeralContainers;
    const { resourceVersion, managedFields } = pod.metadata ?? {};
    const { spec, metadata, ...others } = cloneObject(old);
    Object.assign(pod, others, {
      metadata: { ...metadata, resourceVersion, managedFields },
      spec: { ...spec, ephemeralContainers: added },
    });
    if (others.status === undefined) delete pod.status;
  },
  validateUpdate: (pod, old) => (pod.spec && old.spec ? validateOnlyAdded(pod.spec, old.spec) : []),
};

/** Order means nothing here: patches do not keep it. */
function validateOnlyAdded(spec: PodSpec, old: PodSpec): readonly FieldError[] {
  const field = 'spec.ephemeralContainers';
  const present = new Map((spec.ephemeralContainers ?? []).map((container) => [container.name, container]));
  return (old.ephemeralContainers ?? []).flatMap((before) => {
    const after = present.get(before.name);
    const which = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    if (!after) return [forbiddenField(field, `${which} may not be removed\n`)];
    return isEqualJson(before, after) ? [] : [forbiddenField(field, `${which} may not be changed\n`)];
  });
}
