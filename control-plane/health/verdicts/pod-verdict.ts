import type { Verdict } from '../../../lib/health-api.ts';
import { isPodReady, podCondition } from '../../../lib/kube/pod-facts.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import { timeMs, verdict } from './container-verdict.ts';
import { oneLine } from './sentence.ts';
import { severityOf, worst } from './severity.ts';

/** How a pod is, given how its containers are. */
export function podVerdict(pod: Pod, containers: readonly Verdict[]): Verdict {
  const name = pod.metadata?.name ?? '';
  const createdMs = timeMs(pod.metadata?.creationTimestamp) ?? 0;
  const ready = podCondition(pod, 'Ready');
  const changedMs = timeMs(ready?.lastTransitionTime) ?? createdMs;
  const deletedMs = timeMs(pod.metadata?.deletionTimestamp);
  if (deletedMs !== undefined) {
    // The API stamps the end of the grace period; the deletion was asked for that much earlier.
    const graceMs = (pod.metadata?.deletionGracePeriodSeconds ?? 0) * 1000;
    return verdict('progressing', deletedMs - graceMs, `${name}: being deleted`);
  }
  if (pod.status?.phase === 'Succeeded') return verdict('healthy', changedMs, '');
  const bad = worst(containers.filter((one) => severityOf(one.state) > 0));
  if (pod.status?.phase === 'Failed') {
    const why = [pod.status.reason, pod.status.message].filter(Boolean).join(': ');
    return bad ?? verdict('failing', changedMs, `${name}: ${oneLine(why) || 'failed'}`);
  }
  const scheduled = podCondition(pod, 'PodScheduled');
  if (!pod.spec?.nodeName) {
    const sinceMs = timeMs(scheduled?.lastTransitionTime) ?? createdMs;
    if (scheduled?.reason !== 'Unschedulable') return verdict('progressing', createdMs, `${name}: waiting for a node`);
    return verdict('failing', sinceMs, `${name}: no node can take it: ${oneLine(scheduled.message ?? '')}`);
  }
  if (ready?.status === 'Unknown' || pod.status?.phase === 'Unknown' || ready?.reason === 'NodeNotReady') {
    return verdict('unknown', changedMs, `${name}: ${pod.spec.nodeName} is silent`);
  }
  if (bad) return bad;
  if (isPodReady(pod)) return verdict('healthy', changedMs, '');
  return verdict('progressing', changedMs, `${name}: ${oneLine(ready?.message ?? '') || 'not ready yet'}`);
}
