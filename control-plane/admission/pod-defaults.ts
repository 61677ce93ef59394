import type { Pod, PodSpec, Toleration } from '../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';

/** How long a pod stays on a node that is not ready or cannot be reached, unless it says so itself. Filled in on updates too, so that a pod may be put as it was once written. */
export function defaultTolerationSeconds(seconds: number): AdmissionPlugin {
  return {
    name: 'DefaultTolerationSeconds',
    admit(request) {
      const spec = podSpecOf(request);
      if (!spec) return;
      for (const key of ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']) {
        if (spec.tolerations?.some((one) => tolerates(one, key))) continue;
        spec.tolerations = [
          ...(spec.tolerations ?? []),
          { key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: seconds },
        ];
      }
    },
  };
}

function tolerates({ key, effect }: Toleration, wanted: string): boolean {
  return (key === wanted || !key) && (effect === 'NoExecute' || !effect);
}

function podSpecOf({ operation, definition, subresource, object }: AdmissionRequest): PodSpec | undefined {
  if (operation === 'DELETE' || definition.resource.plural !== 'pods' || subresource !== undefined) return undefined;
  return (object as Pod | undefined)?.spec;
}
