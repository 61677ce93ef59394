import type { ProbePoint } from '../../lib/health-api.ts';
import type {
  DecisionRecord,
  ProbeRecord,
  ProbeType,
  SequencedSignal,
  Signal,
  TerminationRecord,
} from '../../lib/signals/records.ts';
import { BoundedMap, Ring } from './ring.ts';
import { workloadKey } from './workload-key.ts';

/** What a probe strip shows. */
const POINTS_PER_PROBE = 60;
/** Three probes for each of 4,000 pods; beyond that the probes that were silent longest are forgotten. */
const MAX_PROBES = 12_000;
const MAX_WORKLOADS = 4_000;
const MAX_NODES = 1_000;
/** What a timeline of the last hours can show of one workload. */
const TRANSITIONS_PER_WORKLOAD = 200;
const TERMINATIONS_PER_OWNER = 50;
const DECISIONS_PER_WORKLOAD = 100;

/** One probe of one container: its last attempt in full and the last 60 as points. It goes on changing: read it at once. */
export interface ProbeTrace {
  readonly last: ProbeRecord;
  readonly points: readonly ProbePoint[];
}

export type HubEvent =
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'decision'; readonly decision: DecisionRecord }
  | { readonly kind: 'connection'; readonly node: string; readonly connected: boolean };

/** Called synchronously; must not throw or wait. */
export type HubSubscriber = (event: HubEvent) => void;

class TraceState implements ProbeTrace {
  last: ProbeRecord;
  readonly ring = new Ring<ProbePoint>(POINTS_PER_PROBE);

  constructor(first: ProbeRecord) {
    this.last = first;
  }

  /** Copied only when it is asked for: most readers want the last attempt. */
  get points(): readonly ProbePoint[] {
    return this.ring.toArray();
  }
}

interface NodeState {
  epoch: string;
  seq: number;
  connected: boolean;
  readonly terminations: Ring<TerminationRecord>;
}

/**
 * What the agents said lately, in memory and bounded, and what was decided. A signal that comes a second time (a stream that began again) is dropped, so
 * subscribers see each once per life of this process.
 */
export class SignalHub {
  readonly #traces = new BoundedMap<TraceState>(MAX_PROBES);
  readonly #lastTerminations = new BoundedMap<TerminationRecord>(MAX_PROBES);
  readonly #terminations = new BoundedMap<Ring<TerminationRecord>>(MAX_WORKLOADS);
  readonly #transitions = new BoundedMap<Ring<ProbeRecord>>(MAX_WORKLOADS);
  readonly #decisions = new BoundedMap<Ring<DecisionRecord>>(MAX_WORKLOADS);
  readonly #nodes = new BoundedMap<NodeState>(MAX_NODES);
  readonly #subscribers = new Set<HubSubscriber>();

  subscribe(subscriber: HubSubscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
    };
  }

  isConnected(node: string): boolean {
    return this.#nodes.get(node)?.connected ?? false;
  }

  setConnected(node: string, connected: boolean): void {
    const state = this.#node(node);
    if (state.connected === connected) return;
    state.connected = connected;
    this.#tell({ kind: 'connection', node, connected });
  }

  /** False when the signal was known already. */
  accept(node: string, sequenced: SequencedSignal): boolean {
    const state = this.#node(node);
    if (state.epoch === sequenced.epoch && sequenced.seq <= state.seq) return false;
    state.epoch = sequenced.epoch;
    state.seq = sequenced.seq;
    const { signal } = sequenced;
    if (signal.type === 'probe') this.#addProbe(signal);
    else this.#addTermination(state, signal);
    this.#tell({ kind: 'signal', signal });
    return true;
  }

  addDecision(decision: DecisionRecord): void {
    this.#keepDecision(decision);
    this.#tell({ kind: 'decision', decision });
  }

  /** Puts back what was decided before this process was started, oldest first; nobody is told. Does nothing to workloads that have decisions already. */
  recall(decisions: readonly DecisionRecord[]): void {
    const isNew = new Map<string, boolean>();
    for (const decision of decisions) {
      const key = ownerKey(decision);
      if (!isNew.has(key)) isNew.set(key, this.#decisions.get(key) === undefined);
      if (isNew.get(key)) this.#keepDecision(decision);
    }
  }

  trace(podUid: string, container: string, probe: ProbeType): ProbeTrace | undefined {
    return this.#traces.get(`${podUid}/${container}/${probe}`);
  }

  lastTermination(podUid: string, container: string): TerminationRecord | undefined {
    return this.#lastTerminations.get(`${podUid}/${container}`);
  }

  /** Of a workload, oldest first. */
  terminationsOf(key: string): readonly TerminationRecord[] {
    return this.#terminations.get(key)?.toArray() ?? [];
  }

  /** On a node, oldest first. */
  terminationsOn(node: string): readonly TerminationRecord[] {
    return this.#nodes.get(node)?.terminations.toArray() ?? [];
  }

  /** The probe attempts of a workload that began, ended or changed something, oldest first. */
  transitionsOf(key: string): readonly ProbeRecord[] {
    return this.#transitions.get(key)?.toArray() ?? [];
  }

  decisionsOf(key: string): readonly DecisionRecord[] {
    return this.#decisions.get(key)?.toArray() ?? [];
  }

  #keepDecision(decision: DecisionRecord): void {
    this.#decisions.touch(ownerKey(decision), () => new Ring(DECISIONS_PER_WORKLOAD)).push(decision);
  }

  #addProbe(record: ProbeRecord): void {
    const key = `${record.podUid}/${record.container}/${record.probe}`;
    const before = this.#traces.get(key)?.last;
    if (isTransition(record, before)) {
      this.#transitions
        .touch(workloadKey(record.namespace, record.workload), () => new Ring(TRANSITIONS_PER_WORKLOAD))
        .push(record);
    }
    const state = this.#traces.touch(key, () => new TraceState(record));
    // Healthy probes answer the same again and again: keep the answer once.
    const output = before?.output === record.output ? before.output : record.output;
    state.last = record;
    state.ring.push(pointOf(record, output));
  }

  #addTermination(node: NodeState, record: TerminationRecord): void {
    node.terminations.push(record);
    this.#terminations
      .touch(workloadKey(record.namespace, record.workload), () => new Ring(TERMINATIONS_PER_OWNER))
      .push(record);
    this.#lastTerminations.set(`${record.podUid}/${record.container}`, record);
  }

  #node(node: string): NodeState {
    return this.#nodes.touch(node, () => ({
      epoch: '',
      seq: 0,
      connected: false,
      terminations: new Ring(TERMINATIONS_PER_OWNER),
    }));
  }

  #tell(event: HubEvent): void {
    for (const subscriber of this.#subscribers) subscriber(event);
  }
}

function ownerKey(decision: DecisionRecord): string {
  return workloadKey(decision.object.namespace ?? '', decision.workload ?? decision.object);
}

/** An attempt as a point of a probe strip. */
export function pointOf(record: ProbeRecord, output = record.output): ProbePoint {
  const { time, outcome, latencyMs, run, threshold, action } = record;
  return { time, outcome, latencyMs, run, threshold, action, output };
}

/** Failures count until the threshold is reached; successes only when they change something or end a run of failures. */
function isTransition(record: ProbeRecord, before: ProbeRecord | undefined): boolean {
  if (record.action !== 'none') return true;
  if (record.outcome !== 'success') return record.run <= record.threshold;
  return record.run === 1 && before !== undefined && before.outcome !== 'success';
}
