import type { ProbeAction, ProbeOutcome, ProbeType } from './signals/records.ts';

/**
 * What `health.vigil.dev/v1` answers. Types only: the control plane serves them, kctl and the console read them.
 *
 *     GET /apis/health.vigil.dev/v1/summary[?namespace=NS]                                        HealthSummary
 *     GET /apis/health.vigil.dev/v1/namespaces/NS/pods/NAME                                       PodHealth
 *     GET /apis/health.vigil.dev/v1/namespaces/NS/workloads/NAME[?kind=Deployment]                WorkloadHealth
 *     GET /apis/health.vigil.dev/v1/namespaces/NS/workloads/NAME/timeline[?kind=…&since=15m]      Timeline
 *     GET /apis/health.vigil.dev/v1/signals?watch=true[&namespace=NS]                             HealthChange, one a line
 *
 * Whoever may see one namespace only asks for `…/namespaces/NS/summary` and `…/namespaces/NS/signals`, and sees no nodes there.
 * All times are RFC 3339. Lists are newest last unless said otherwise.
 */

/**
 * `healthy`: all that is asked for is ready. `progressing`: on its way, nothing is wrong yet. `degraded`: it serves, with less than asked for.
 * `failing`: it does not serve. `unknown`: nobody has said anything (lately).
 */
export type HealthState = 'healthy' | 'progressing' | 'degraded' | 'failing' | 'unknown';

export interface Verdict {
  readonly state: HealthState;
  /** When this state began. */
  readonly since: string;
  /** One sentence for people; empty when there is nothing to explain. */
  readonly why: string;
}

export interface WorkloadRef {
  /** `Deployment`, `ReplicaSet`, `StatefulSet`, `DaemonSet`, `Job`; `Pod` for a pod that nobody owns. */
  readonly kind: string;
  readonly name: string;
}

export interface HealthSummary {
  readonly apiVersion: 'health.vigil.dev/v1';
  readonly kind: 'HealthSummary';
  /** When this was computed. */
  readonly time: string;
  /** What is failing first, then by namespace, kind and name. */
  readonly workloads: readonly WorkloadSummary[];
  /** By name. */
  readonly nodes: readonly NodeSummary[];
}

export interface WorkloadSummary extends WorkloadRef, Verdict {
  readonly namespace: string;
  readonly ready: number;
  readonly desired: number;
  /** Of all containers of its present pods. */
  readonly restarts: number;
}

export interface NodeSummary extends Verdict {
  readonly name: string;
  /** The node's Ready condition. */
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly schedulable: boolean;
  /** Age of the last renewal of the node's Lease; absent when it has none. */
  readonly heartbeatAgeMs?: number | undefined;
  /** Whether the stream of signals from its agent is open. */
  readonly connected: boolean;
  /** Pods bound to it that have not finished. */
  readonly pods: number;
}

export interface PodHealth extends Verdict {
  readonly apiVersion: 'health.vigil.dev/v1';
  readonly kind: 'PodHealth';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly workload: WorkloadRef;
  readonly phase: string;
  readonly ready: boolean;
  /** When the Ready condition last changed. */
  readonly readySince?: string | undefined;
  readonly restarts: number;
  /** Init containers first. */
  readonly containers: readonly ContainerHealth[];
  /** What was done about it, newest last; at most 20. */
  readonly decisions: readonly DecisionSummary[];
}

export interface ContainerHealth extends Verdict {
  readonly name: string;
  readonly init: boolean;
  readonly image: string;
  readonly containerId?: string | undefined;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly phase: 'running' | 'waiting' | 'terminated';
  /** `CrashLoopBackOff`, `Completed`, `OOMKilled`…; empty while running. */
  readonly phaseReason: string;
  /** In the order startup, liveness, readiness; only those that the spec has. */
  readonly probes: readonly ProbeHealth[];
  /** The end of the run before this one. */
  readonly lastTermination?: TerminationSummary | undefined;
}

/**
 * `ok`: the last result was a success. `failing`: failures in a row, below the threshold. `failed`: at or beyond the threshold.
 * `unknown`: it could not be run. `waiting`: no result yet.
 */
export type ProbeState = 'ok' | 'failing' | 'failed' | 'unknown' | 'waiting';

export interface ProbeHealth {
  readonly probe: ProbeType;
  /** `GET :81/healthz`. */
  readonly check: string;
  readonly state: ProbeState;
  readonly periodMs: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
  /** Equal results in a row, the last one included; 0 when there is none. */
  readonly run: number;
  /** What the last attempt answered, at most 1 KiB. */
  readonly output: string;
  /** Median latency of the records below; absent when there are none. */
  readonly p50Ms?: number | undefined;
  /** At most the last 60 attempts, oldest first. */
  readonly records: readonly ProbePoint[];
}

/** One attempt, for a probe strip: height = latency, colour = outcome. */
export interface ProbePoint {
  readonly time: string;
  readonly outcome: ProbeOutcome;
  readonly latencyMs: number;
  readonly run: number;
  readonly threshold: number;
  readonly action: ProbeAction;
  readonly output: string;
}

export interface TerminationSummary {
  readonly time: string;
  readonly startedAt: string;
  readonly exitCode: number;
  /** As in `TerminationRecord`. */
  readonly reason: string;
  readonly message: string;
  readonly node: string;
  /** At most 20, oldest first. */
  readonly lastLines: readonly string[];
}

export interface DecisionSummary {
  readonly time: string;
  /** As in `DecisionRecord`. */
  readonly decision: string;
  readonly component: string;
  readonly object: { readonly kind: string; readonly namespace?: string | undefined; readonly name: string };
  readonly node?: string | undefined;
  readonly reason: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

export interface WorkloadHealth {
  readonly apiVersion: 'health.vigil.dev/v1';
  readonly kind: 'WorkloadHealth';
  readonly workload: WorkloadSummary;
  /** With only the last 20 records of each probe. Oldest pod first; at most 100. */
  readonly pods: readonly PodHealth[];
  /** Failures per node within the failure memory's window. */
  readonly failuresByNode: readonly {
    readonly node: string;
    readonly count: number;
    readonly since: string;
    readonly lastReason: string;
  }[];
  readonly decisions: readonly DecisionSummary[];
}

type TimelineKind = 'rollout' | 'pod' | 'probe' | 'restart' | 'decision' | 'alert';

export interface Timeline {
  readonly apiVersion: 'health.vigil.dev/v1';
  readonly kind: 'Timeline';
  readonly namespace: string;
  readonly workload: WorkloadRef;
  readonly since: string;
  /** Oldest first; at most 1,000, the newest are kept. */
  readonly entries: readonly TimelineEntry[];
}

export interface TimelineEntry {
  readonly time: string;
  readonly kind: TimelineKind;
  /** `revision 4  image demo:2 → demo:3`, `readiness failing 1 of 3`, `not moved`. */
  readonly title: string;
  /** What was answered, why, the figures; may be empty. */
  readonly detail: string;
  readonly level: 'info' | 'warn' | 'error';
  readonly pod?: string | undefined;
  readonly container?: string | undefined;
  readonly node?: string | undefined;
}

/** One line of the `signals` stream. After `SYNC` every summary has been sent once; from then on each change is sent as it happens. */
export type HealthChange =
  | { readonly type: 'SYNC'; readonly time: string }
  | { readonly type: 'WORKLOAD'; readonly workload: WorkloadSummary }
  | { readonly type: 'WORKLOAD_GONE'; readonly namespace: string; readonly workload: WorkloadRef }
  | { readonly type: 'NODE'; readonly node: NodeSummary }
  | { readonly type: 'NODE_GONE'; readonly name: string }
  | {
      readonly type: 'PROBE';
      readonly namespace: string;
      readonly pod: string;
      readonly podUid: string;
      readonly container: string;
      readonly node: string;
      readonly workload: WorkloadRef;
      readonly probe: ProbeType;
      readonly check: string;
      readonly point: ProbePoint;
    }
  | {
      readonly type: 'TERMINATION';
      readonly namespace: string;
      readonly pod: string;
      readonly podUid: string;
      readonly container: string;
      readonly workload: WorkloadRef;
      readonly termination: TerminationSummary;
    }
  | { readonly type: 'DECISION'; readonly decision: DecisionSummary }
  /** The reader was too slow: lines were left out. Read the summary again. */
  | { readonly type: 'LOST'; readonly count: number };
