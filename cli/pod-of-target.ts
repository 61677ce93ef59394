import { VigilError } from '../lib/errors.ts';
import { isPodReady } from '../lib/kube/pod-facts.ts';
import { pods } from '../lib/kube/resources.ts';
import type { Pod } from '../lib/kube/types.ts';
import type { Api } from './api/api.ts';
import { scopeOf } from './logs/scope.ts';

/** The pod that `POD` or `KIND/NAME` names: of a workload a ready one, else any that is not being deleted. */
export async function podOfTarget(api: Api, target: string, namespace: string, signal: AbortSignal): Promise<Pod> {
  const scope = await scopeOf(api, target, { namespace });
  const list = await api.client.list(
    pods,
    { namespace, labelSelector: scope.labelSelector, fieldSelector: scope.fieldSelector },
    signal,
  );
  const mine = list.items.filter((pod) => scope.includes(pod) && pod.metadata?.deletionTimestamp === undefined);
  const chosen = mine.find(isPodReady) ?? mine[0];
  if (!chosen) throw new VigilError('POD_NOT_FOUND', 'notFound', `${target} has no pod in ${namespace}`);
  return chosen;
}
