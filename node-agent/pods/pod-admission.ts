import { milliValue, wholeValue } from '../../lib/kube/quantity.ts';
import { isPodFinished } from '../../lib/kube/pod-facts.ts';
import type { Pod } from '../../lib/kube/types.ts';
import { initContainersOf, isSidecar, mainContainersOf } from './pod-containers.ts';
import type { PodVerdict } from './status.ts';

export interface NodeCapacity {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
}

/** Whether the node can take `pod` beside `others`; the verdict when it cannot. The scheduler has checked already: this is for pods bound by hand or by a race. */
export function admitPod(pod: Pod, others: readonly Pod[], allocatable: NodeCapacity): PodVerdict | undefined {
  const active = others.filter((other) => !isPodFinished(other));
  if (active.length + 1 > allocatable.pods) return rejected('pods', 1, active.length, allocatable.pods);
  const cpuUsed = active.reduce((sum, other) => sum + requestedOf(other, 'cpu'), 0);
  const cpuWanted = requestedOf(pod, 'cpu');
  const cpuCapacity = milliValue(allocatable.cpu);
  if (cpuWanted > 0 && cpuUsed + cpuWanted > cpuCapacity) return rejected('cpu', cpuWanted, cpuUsed, cpuCapacity);
  const memoryUsed = active.reduce((sum, other) => sum + requestedOf(other, 'memory'), 0);
  const memoryWanted = requestedOf(pod, 'memory');
  const memoryCapacity = wholeValue(allocatable.memory);
  if (memoryWanted > 0 && memoryUsed + memoryWanted > memoryCapacity) {
    return rejected('memory', memoryWanted, memoryUsed, memoryCapacity);
  }
  return undefined;
}

function rejected(resource: string, requestedAmount: number, used: number, capacity: number): PodVerdict {
  return {
    reason: `OutOf${resource}`,
    message: `Pod was rejected: Node didn't have enough resource: ${resource}, requested: ${requestedAmount}, used: ${used}, capacity: ${capacity}`,
  };
}

/** What a pod asks for: the larger of its ordinary containers together and its greediest init container, sidecars counted with both. */
export function requestedOf(pod: Pod, resource: 'cpu' | 'memory'): number {
  const amount = (container: { resources?: { requests?: Record<string, string> } }) => {
    const text = container.resources?.requests?.[resource];
    if (text === undefined) return 0;
    return resource === 'cpu' ? milliValue(text) : wholeValue(text);
  };
  const sidecars = initContainersOf(pod)
    .filter(isSidecar)
    .reduce((sum, container) => sum + amount(container), 0);
  const mains = mainContainersOf(pod).reduce((sum, container) => sum + amount(container), 0);
  const init = Math.max(
    0,
    ...initContainersOf(pod)
      .filter((container) => !isSidecar(container))
      .map(amount),
  );
  return sidecars + Math.max(mains, init);
}
