import { kubeTime } from '../../../lib/kube/time.ts';
import { taintKeys } from '../../../lib/kube/taints.ts';
import type { Node, NodeCondition, Taint } from '../../../lib/kube/types.ts';
import type { Profile } from '../../../lib/profiles.ts';

/** Conditions that the agent reports and that nobody can vouch for once it is silent. */
const reported = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** Conditions that keep new pods away while they hold. */
const pressureTaints: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};

/** Taints that belong to this controller; all others are left alone. */
const owned = new Set<string>([...Object.values(taintKeys), ...Object.values(pressureTaints)]);

/** `True` ready, `False` it says it is not, `Unknown` it says nothing. */
export type Readiness = 'True' | 'False' | 'Unknown';

export interface NodePlan {
  readonly readiness: Readiness;
  /** Conditions to write because the node fell silent. */
  readonly conditions?: readonly NodeCondition[] | undefined;
  /** When silence would be too long, if the node is not heard of again. */
  readonly lookAgainAfterMs?: number | undefined;
}

export function readinessOf(node: Node): Readiness {
  const status = node.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
  return status === 'True' || status === 'False' ? status : 'Unknown';
}

/** Judges one node by how long it has been silent. */
export function planNode(node: Node, silentMs: number, profile: Profile, nowMs: number): NodePlan {
  const conditions = node.status?.conditions ?? [];
  const neverReported = !conditions.some((condition) => condition.type === 'Ready');
  const graceMs = neverReported ? profile.nodeStartupGraceMs : profile.nodeMonitorGraceMs;
  if (silentMs < graceMs) {
    // A condition that this controller set to Unknown stays until the agent itself reports again.
    return { readiness: readinessOf(node), lookAgainAfterMs: graceMs - silentMs };
  }
  const changed = reported.some((type) => conditions.find((one) => one.type === type)?.status !== 'Unknown');
  return { readiness: 'Unknown', conditions: changed ? unknownConditions(node, nowMs) : undefined };
}

function unknownConditions(node: Node, nowMs: number): NodeCondition[] {
  const now = kubeTime(nowMs);
  const before = node.status?.conditions ?? [];
  const others = before.filter((condition) => !reported.includes(condition.type));
  return [
    ...others,
    ...reported.map((type): NodeCondition => {
      const last = before.find((condition) => condition.type === type);
      if (last?.status === 'Unknown') return last;
      return {
        type,
        status: 'Unknown',
        reason: last ? 'NodeStatusUnknown' : 'NodeStatusNeverUpdated',
        message: last ? 'Kubelet stopped posting node status.' : 'Kubelet never posted node status.',
        lastHeartbeatTime: last?.lastHeartbeatTime ?? node.metadata?.creationTimestamp ?? now,
        lastTransitionTime: now,
      };
    }),
  ];
}

/**
 * The taints a node should have; `undefined` when it has them. `mayEvict` says whether pods may be told to leave (NoExecute): the brake holds that back when
 * many nodes are down at once.
 */
export function planTaints(node: Node, readiness: Readiness, mayEvict: boolean, nowMs: number): Taint[] | undefined {
  const before = node.spec?.taints ?? [];
  const wanted: Taint[] = [];
  const down = readiness === 'False' ? taintKeys.notReady : readiness === 'Unknown' ? taintKeys.unreachable : undefined;
  if (down !== undefined) {
    wanted.push({ key: down, effect: 'NoSchedule' });
    if (mayEvict) wanted.push({ key: down, effect: 'NoExecute' });
  }
  if (node.spec?.unschedulable) wanted.push({ key: taintKeys.unschedulable, effect: 'NoSchedule' });
  for (const [type, key] of Object.entries(pressureTaints)) {
    if (node.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True'))
      wanted.push({ key, effect: 'NoSchedule' });
  }
  const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;
  const missing = wanted.filter((taint) => !before.some((have) => same(have, taint)));
  const kept = before.filter((have) => !owned.has(have.key) || wanted.some((taint) => same(have, taint)));
  if (missing.length === 0 && kept.length === before.length) return undefined;
  return [...kept, ...missing.map((taint) => ({ ...taint, timeAdded: kubeTime(nowMs) }))];
}
