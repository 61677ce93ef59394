/**
 * The records that Vigil keeps beside container logs: what was seen and what was decided. They go to the log store as documents with Elastic Common Schema
 * names, one data stream per kind, and they flow from the agents to the health loop as they happen.
 */

/** Where a record is kept: data stream `logs-vigil.<dataset>-default`. */
export type Dataset = 'containers' | 'probes' | 'terminations' | 'events' | 'decisions' | 'audit';

export function dataStreamOf(dataset: Dataset): string {
  return `logs-vigil.${dataset}-default`;
}

/** The pod and container that a record is about. */
export interface Subject {
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  /** Docker's 64-digit ID; absent when no container was made. */
  readonly containerId?: string | undefined;
  readonly node: string;
  /** The workload that owns the pod, e.g. `{kind: 'Deployment', name: 'hello'}`; a bare pod owns itself. */
  readonly workload: { readonly kind: string; readonly name: string };
  /** How often this container had been restarted at that moment. */
  readonly restartCount: number;
}

export type ProbeType = 'liveness' | 'readiness' | 'startup';
export type ProbeOutcome = 'success' | 'failure' | 'unknown';

/** What was done because of a probe result. */
export type ProbeAction = 'none' | 'became-ready' | 'became-not-ready' | 'started' | 'restart';

/** One attempt of one probe. */
export interface ProbeRecord extends Subject {
  readonly type: 'probe';
  /** RFC 3339 with milliseconds: when the attempt began. */
  readonly time: string;
  readonly probe: ProbeType;
  /** `GET :81/healthz`, `TCP :5432`, `exec cat /tmp/ok`, `gRPC :9000`. */
  readonly check: string;
  readonly outcome: ProbeOutcome;
  /** How many equal outcomes in a row, this one included. */
  readonly run: number;
  /** How many are needed to change the published state (failureThreshold or successThreshold). */
  readonly threshold: number;
  readonly action: ProbeAction;
  readonly latencyMs: number;
  /** What the probe answered, at most 1 KiB. */
  readonly output: string;
  readonly periodMs: number;
}

/** The end of one run of a container. */
export interface TerminationRecord extends Subject {
  readonly type: 'termination';
  readonly time: string;
  readonly startedAt: string;
  readonly exitCode: number;
  readonly signal?: number | undefined;
  /** `Completed`, `Error`, `OOMKilled`, `LivenessProbeFailed`, `StartupProbeFailed`, `NodeLost`, `Deleted`, `ContainerCannotRun`. */
  readonly reason: string;
  readonly message: string;
  /** At most the last 20 lines, oldest first, each cut at 1 KiB. */
  readonly lastLines: readonly string[];
  /** The last failing probe attempt, when a probe caused the end. */
  readonly probe?: ProbeRecord | undefined;
  /** Of an ephemeral container: somebody looked into the pod, and how that ended says nothing of the workload. */
  readonly isEphemeral?: true | undefined;
}

/** What an agent tells the health loop: `GET /vigil/v1/signals?after=SEQ` on the agent's port, one JSON object a line. */
export type Signal = ProbeRecord | TerminationRecord;

/** One line of the agent's signal stream. `seq` increases by one and restarts at 1 with a new `epoch` when the agent restarts. */
export interface SequencedSignal {
  readonly epoch: string;
  readonly seq: number;
  readonly signal: Signal;
}

/** What the control plane decided, and why. */
export interface DecisionRecord {
  readonly type: 'decision';
  readonly time: string;
  /** `OutOfService`, `BackInService`, `Restart`, `Replace`, `NotMoved`, `Evict`, `Scale`, `Rollback`, `Schedule`, `AvoidNode`, `AlertFired`, `AlertResolved`. */
  readonly decision: string;
  /** Which part decided: `health`, `scheduler`, `autoscale`, `node-lifecycle`, `alerts`, `node-agent`. */
  readonly component: string;
  readonly object: {
    readonly kind: string;
    readonly namespace?: string | undefined;
    readonly name: string;
    readonly uid?: string | undefined;
  };
  readonly workload?: { readonly kind: string; readonly name: string } | undefined;
  readonly node?: string | undefined;
  /** One sentence for people. */
  readonly reason: string;
  /** The figures and observations that the decision rests on. */
  readonly evidence: Readonly<Record<string, unknown>>;
}
