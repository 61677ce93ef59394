import { milliValue } from '../../../lib/kube/quantity.ts';
import type { PodSpec } from '../../../lib/kube/types.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const computeResources = ['cpu', 'memory'] as const;

/** How well a pod's resources are kept for it: Guaranteed when every container has equal requests and limits of cpu and memory, BestEffort when none has any. */
export function qosClassOf(spec: PodSpec): QosClass {
  const containers = [...(spec.initContainers ?? []), ...(spec.containers ?? [])];
  let isGuaranteed = containers.length > 0;
  let isBestEffort = true;
  for (const { resources } of containers) {
    for (const name of computeResources) {
      const limit = amount(resources?.limits?.[name]);
      const request = amount(resources?.requests?.[name]) || limit;
      if (limit > 0 || request > 0) isBestEffort = false;
      if (limit <= 0 || request !== limit) isGuaranteed = false;
    }
  }
  if (isBestEffort) return 'BestEffort';
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function amount(quantity: string | undefined): number {
  if (quantity === undefined) return 0;
  try {
    return milliValue(quantity);
  } catch {
    // Not a quantity: validation says so.
    return 0;
  }
}
