import { formatDuration } from '../../../lib/duration.ts';
import type { Node } from '../../../lib/kube/types.ts';
import { heartbeatAgeMs } from '../../health/verdicts/node-verdict.ts';
import type { AlertFacts } from '../alert-facts.ts';
import type { AlertRule } from '../alert-rule.ts';

const DEFAULT_LEASE_S = 40;
/** What agents need to find a control plane that was away. */
const RECONNECT_MS = 10_000;

/** A node has not renewed its Lease in time, or was declared unreachable. */
export const nodeHeartbeatLate: AlertRule = {
  name: 'NodeHeartbeatLate',
  severity: 'critical',
  forMs: 0,
  evaluate: (facts) =>
    facts.nodes.flatMap((node) => {
      const name = node.metadata?.name ?? '';
      const ageMs = heartbeatAgeMs(facts.leaseOf(name), facts.nowMs);
      if (!isLate(facts, node, ageMs)) return [];
      const ago =
        ageMs === undefined ? 'no heartbeat is known' : `the last heartbeat came ${formatDuration(ageMs)} ago`;
      const pods = facts.pods.filter((pod) => pod.spec?.nodeName === name).length;
      return [
        {
          labels: { node: name },
          summary: `${name} is silent`,
          description: `${ago}; ${pods} pods are bound to it.`,
          evidence: { node: name },
          object: { kind: 'Node', name, uid: node.metadata?.uid },
        },
      ];
    }),
  prometheus: {
    expr: 'kube_node_status_condition{condition="Ready",status="unknown"} == 1',
    summary: '{{ $labels.node }} is silent',
    description: 'Node {{ $labels.node }} has not renewed its Lease in time.',
  },
};

function isLate(facts: AlertFacts, node: Node, ageMs: number | undefined): boolean {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  if (!ready) return false;
  if (ready.status === 'Unknown') return true;
  const lease = facts.leaseOf(node.metadata?.name ?? '');
  const durationMs = (lease?.spec?.leaseDurationSeconds ?? DEFAULT_LEASE_S) * 1000;
  return ageMs !== undefined && ageMs > durationMs && facts.watchedForMs > durationMs + RECONNECT_MS;
}
