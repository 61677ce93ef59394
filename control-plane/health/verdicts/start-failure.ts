import type { Verdict } from '../../../lib/health-api.ts';
import type { CoreEvent, Pod } from '../../../lib/kube/types.ts';
import { timeMs, verdict } from './container-verdict.ts';
import { oneLine } from './sentence.ts';

/** Reasons for which an agent cannot even begin to start a pod's containers; the pod's status says only `ContainerCreating` meanwhile. */
const reasons: ReadonlySet<string> = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'NetworkNotReady',
  'FailedValidation',
]);

/** Why a pod that is still being made does not get on, when Events say so. */
export function startFailure(pod: Pod, warnings: readonly CoreEvent[]): Verdict | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const hasBegun = statuses.some((status) => status.containerID || status.restartCount > 0);
  if (hasBegun || !pod.spec?.nodeName) return undefined;
  let last: CoreEvent | undefined;
  for (const event of warnings) {
    if (!reasons.has(event.reason ?? '')) continue;
    if (!last || (event.lastTimestamp ?? '') >= (last.lastTimestamp ?? '')) last = event;
  }
  if (!last) return undefined;
  const sinceMs = timeMs(last.firstTimestamp) ?? timeMs(pod.metadata?.creationTimestamp) ?? 0;
  return verdict('failing', sinceMs, `${pod.metadata?.name ?? ''}: ${last.reason}: ${oneLine(last.message ?? '')}`);
}
