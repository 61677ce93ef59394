/**
 * How fast a cluster notices that a node is gone, and what it does then. One table for both sides of the heartbeat: the agent renews by it, the
 * control plane judges by it. `vigil` is the default; `kubernetes` restores upstream's figures. All durations are milliseconds.
 */
export interface Profile {
  readonly name: ProfileName;
  /** `spec.leaseDurationSeconds` of a node's Lease: an agent that could not renew for this long must assume that its pods were given away. */
  readonly leaseDurationMs: number;
  /** How often the agent renews its Lease. */
  readonly leaseRenewMs: number;
  /** How often the agent writes `status` when something changed. */
  readonly nodeStatusUpdateMs: number;
  /** How often the agent writes `status` when nothing changed. */
  readonly nodeStatusReportMs: number;
  /** How often the control plane looks at every node. */
  readonly nodeMonitorPeriodMs: number;
  /** Silence after which a node's conditions become `Unknown` and its pods not ready. */
  readonly nodeMonitorGraceMs: number;
  /** Grace for a node that has never yet reported. */
  readonly nodeStartupGraceMs: number;
  /**
   * How long pods stay on a node that is not ready or silent after it was marked: the `tolerationSeconds` for `not-ready` and `unreachable` that every pod is
   * given unless it brings its own.
   */
  readonly nodeEvictionAfterMs: number;
  /** Pods of a silent node are removed by force once its lease has expired, so that replacements (also of the same name) can run elsewhere. */
  readonly forceDeleteFromLostNodes: boolean;
  /** Nodes whose pods may be evicted per second; `Infinity` = all at once. */
  readonly nodeEvictionsPerSecond: number;
  /** The same while more than `unhealthyFraction` of the nodes are down. */
  readonly slowNodeEvictionsPerSecond: number;
  /** Beyond this share of nodes down the brake is on; when all are down none is evicted. */
  readonly unhealthyFraction: number;
  /** So many failures of one workload on one node within `failureMemoryMs` move the pod elsewhere; 0 = never. */
  readonly failuresBeforeMove: number;
  /** How long the failures of a workload on a node are remembered. */
  readonly failureMemoryMs: number;
  /** Back-off before the second restart in a row of a container that ends; the first is immediate. Doubles up to `crashLoopMaxMs`. */
  readonly crashLoopInitialMs: number;
  readonly crashLoopMaxMs: number;
  /** A run this long makes the next restart immediate again. */
  readonly crashLoopResetMs: number;
}

export type ProfileName = 'vigil' | 'kubernetes';

const minuteMs = 60_000;

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  vigil: {
    name: 'vigil',
    leaseDurationMs: 4_000,
    leaseRenewMs: 1_000,
    nodeStatusUpdateMs: 1_000,
    nodeStatusReportMs: minuteMs,
    nodeMonitorPeriodMs: 1_000,
    nodeMonitorGraceMs: 5_000,
    nodeStartupGraceMs: 20_000,
    nodeEvictionAfterMs: 3_000,
    forceDeleteFromLostNodes: true,
    nodeEvictionsPerSecond: Infinity,
    slowNodeEvictionsPerSecond: 0.1,
    unhealthyFraction: 0.55,
    failuresBeforeMove: 3,
    failureMemoryMs: 10 * minuteMs,
    crashLoopInitialMs: 1_000,
    crashLoopMaxMs: minuteMs,
    crashLoopResetMs: 10 * minuteMs,
  },
  kubernetes: {
    name: 'kubernetes',
    leaseDurationMs: 40_000,
    leaseRenewMs: 10_000,
    nodeStatusUpdateMs: 10_000,
    nodeStatusReportMs: 5 * minuteMs,
    nodeMonitorPeriodMs: 5_000,
    nodeMonitorGraceMs: 50_000,
    nodeStartupGraceMs: minuteMs,
    nodeEvictionAfterMs: 300_000,
    forceDeleteFromLostNodes: false,
    nodeEvictionsPerSecond: 0.1,
    slowNodeEvictionsPerSecond: 0.01,
    unhealthyFraction: 0.55,
    failuresBeforeMove: 0,
    failureMemoryMs: 10 * minuteMs,
    crashLoopInitialMs: 10_000,
    crashLoopMaxMs: 5 * minuteMs,
    crashLoopResetMs: 10 * minuteMs,
  },
};
