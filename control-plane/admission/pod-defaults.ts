import { pods } from '../../lib/kube/resources.ts';
import { forbidden } from '../../lib/kube/status-errors.ts';
import type { Pod, PodSpec, Toleration } from '../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';

/** How long a pod stays on a node that is not ready or cannot be reached, unless it says so itself. */
export function defaultTolerationSeconds(seconds: number): AdmissionPlugin {
  return {
    name: 'DefaultTolerationSeconds',
    admit(request) {
      const spec = newPodSpec(request);
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

/** The priority classes that every cluster has. */
const systemPriorities: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

/** Turns the name of a priority class into the number that the scheduler compares. */
export const podPriority: AdmissionPlugin = {
  name: 'Priority',
  admit(request) {
    const spec = newPodSpec(request);
    if (!spec) return;
    const name = spec.priorityClassName;
    const priority = name ? systemPriorities[name] : 0;
    if (priority === undefined) throw forbidden(pods, request.name, `no PriorityClass with name ${name} was found`);
    if (spec.priority !== undefined && spec.priority !== priority) {
      throw forbidden(
        pods,
        request.name,
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
      );
    }
    spec.priority = priority;
    spec.preemptionPolicy ??= 'PreemptLowerPriority';
  },
};

function newPodSpec(request: AdmissionRequest): PodSpec | undefined {
  if (
    request.operation !== 'CREATE' ||
    request.definition.resource.plural !== 'pods' ||
    request.subresource !== undefined
  )
    return undefined;
  return (request.object as Pod | undefined)?.spec;
}
