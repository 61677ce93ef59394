import { milliValue, wholeValue } from '../../lib/kube/quantity.ts';
import type { Container, Pod } from '../../lib/kube/types.ts';
import { initContainersOf, mainContainersOf } from './pod-containers.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const kinds = ['cpu', 'memory'] as const;

/** How a pod is treated when the node runs short: as upstream, from requests and limits of cpu and memory alone. */
export function qosClassOf(pod: Pod): QosClass {
  const containers = [...initContainersOf(pod), ...mainContainersOf(pod)];
  const amounts = containers.flatMap((container) =>
    kinds.map((kind) => ({
      limit: container.resources?.limits?.[kind],
      // The API copies limits to missing requests; pods that it did not default are treated the same.
      request: container.resources?.requests?.[kind] ?? container.resources?.limits?.[kind],
    })),
  );
  if (amounts.every(({ limit, request }) => isZero(limit) && isZero(request))) return 'BestEffort';
  const isGuaranteed = amounts.every(
    ({ limit, request }) => !isZero(limit) && request !== undefined && limit !== undefined && same(limit, request),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

/** How readily the kernel kills a container for memory: −997 for guaranteed, 1000 for best effort, in between by what it asked for. */
export function oomScoreOf(pod: Pod, container: Container, machineMemoryBytes: number): number {
  switch (qosClassOf(pod)) {
    case 'Guaranteed':
      return -997;
    case 'BestEffort':
      return 1000;
    case 'Burstable': {
      const request = container.resources?.requests?.['memory'];
      const asked = request === undefined ? 0 : wholeValue(request);
      const score = 1000 - Math.floor((1000 * asked) / machineMemoryBytes);
      return Math.min(Math.max(score, 3), 999);
    }
  }
}

function isZero(text: string | undefined): boolean {
  return text === undefined || wholeValue(text) === 0;
}

function same(a: string, b: string): boolean {
  return milliValue(a) === milliValue(b);
}
