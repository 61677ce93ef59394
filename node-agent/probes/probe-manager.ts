import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { Logger } from '../../lib/log.ts';
import type { Container, Pod } from '../../lib/kube/types.ts';
import type { ProbeRecord, ProbeType } from '../../lib/signals/records.ts';
import { StateFile } from '../../lib/state-file.ts';
import type { ObservedPod } from '../pods/observed-pod.ts';
import type { ProbeFailure, ProbeView } from '../pods/action.ts';
import { allContainersOf, isBeingDeleted, isSidecar, mainContainersOf } from '../pods/pod-containers.ts';
import type { EngineContainer } from '../runtime/runtime.ts';
import { subjectOf } from '../signals/subject.ts';
import type { CheckOutcome } from './check-outcome.ts';
import { initialState, type ProbeState } from './decide.ts';
import { Prober, type Attempt } from './prober.ts';
import { probeSpecs, type Check, type ProbeSpec } from './probe-spec.ts';

/** Runs one check against a run of a container at the pod's address. */
export type CheckRunner = (
  check: Check,
  run: EngineContainer,
  podIP: string | undefined,
  timeoutMs: number,
  signal: AbortSignal,
) => Promise<CheckOutcome>;

export interface ProbeListener {
  /** Each attempt. `isWarning`: it succeeded in a way that somebody should look at. */
  onAttempt(pod: Pod, record: ProbeRecord, isWarning: boolean): void;
  /** What the pod's status or plan depends on has changed. */
  onChange(podUid: string): void;
}

interface StoredStates {
  readonly version: 1;
  readonly states: Readonly<Record<string, ProbeState>>;
}

export interface ProbeManagerOptions {
  readonly nodeName: string;
  readonly statePath: string;
  readonly runCheck: CheckRunner;
  readonly listener: ProbeListener;
  readonly clock: Clock;
  readonly log: Logger;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

interface Probed {
  pod: Pod;
  podIP: string | undefined;
  readonly run: EngineContainer;
  readonly probers: ReadonlyMap<ProbeType, Prober>;
  readonly lastFailures: Map<ProbeType, ProbeRecord>;
}

/** The probes of all running containers of the node, by container ID. */
export class ProbeManager implements ProbeView, Component {
  readonly name = 'probes';
  readonly #options: ProbeManagerOptions;
  readonly #probed = new Map<string, Probed>();
  /** By `<containerId>/<probe type>`, so that readiness does not flip when the agent starts anew. */
  readonly #file: StateFile<StoredStates>;
  #restored: ReadonlyMap<string, ProbeState> = new Map();
  #agentStartedAtMs = 0;

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
    this.#file = new StateFile(options.statePath, 'probe state', options.clock, options.log);
  }

  async start(): Promise<void> {
    this.#agentStartedAtMs = this.#options.clock.now();
    const stored = (await this.#file.load()) as StoredStates | undefined;
    this.#restored = stored?.version === 1 ? new Map(Object.entries(stored.states)) : new Map();
  }

  async stop(): Promise<void> {
    for (const probed of this.#probed.values()) for (const prober of probed.probers.values()) prober.stop();
    await this.#file.flush();
  }

  isStarted(containerId: string): boolean {
    const startup = this.#probed.get(containerId)?.probers.get('startup');
    return startup === undefined || startup.state.published === 'success';
  }

  isReady(containerId: string): boolean {
    const readiness = this.#probed.get(containerId)?.probers.get('readiness');
    return readiness === undefined || readiness.state.published === 'success';
  }

  failure(containerId: string): ProbeFailure | undefined {
    for (const type of ['startup', 'liveness'] as const) {
      const prober = this.#probed.get(containerId)?.probers.get(type);
      if (prober?.state.published === 'failure') return { probe: type, graceMs: prober.spec.graceMs };
    }
    return undefined;
  }

  /** The attempt that reached the threshold, for the record of the container's end. */
  lastFailure(containerId: string): ProbeRecord | undefined {
    const failed = this.failure(containerId);
    return failed && this.#probed.get(containerId)?.lastFailures.get(failed.probe);
  }

  /** Begins the probes of containers that run now and ends those of containers that do not. Cheap when nothing changed. */
  sync(pod: Pod, observed: ObservedPod, podIP: string | undefined): void {
    for (const container of allContainersOf(pod)) {
      const isProbed = isSidecar(container) || mainContainersOf(pod).includes(container);
      for (const run of observed.runs.get(container.name) ?? []) {
        if (run.state === 'running' && isProbed) this.#keep(pod, container, run, podIP);
        else this.#end(run.id);
      }
    }
  }

  /** The pod is gone from the engine. */
  forgetPod(podUid: string): void {
    for (const [id, probed] of this.#probed) if (probed.pod.metadata?.uid === podUid) this.#end(id);
  }

  #keep(pod: Pod, container: Container, run: EngineContainer, podIP: string | undefined): void {
    const known = this.#probed.get(run.id);
    if (known) {
      known.pod = pod;
      known.podIP = podIP;
      if (isBeingDeleted(pod)) this.#stopKilling(known);
      return;
    }
    const specs = probeSpecs(pod, container);
    if (specs.length === 0) return;
    const probers = new Map<ProbeType, Prober>();
    const probed: Probed = { pod, podIP, run, probers, lastFailures: new Map() };
    for (const spec of specs) probers.set(spec.type, this.#prober(probed, spec));
    this.#probed.set(run.id, probed);
    if (isBeingDeleted(pod)) this.#stopKilling(probed);
    const startup = probers.get('startup');
    if (startup && startup.state.published !== 'success') startup.run();
    else this.#runOthers(probed, false);
  }

  #prober(probed: Probed, spec: ProbeSpec): Prober {
    const { clock, random, runCheck } = this.#options;
    const { run } = probed;
    const startedAtMs = run.startedAtMs ?? clock.now();
    const isAdopted = startedAtMs < this.#agentStartedAtMs;
    return new Prober({
      spec,
      state: this.#restored.get(stateKey(run.id, spec.type)) ?? this.#stateFromStatus(probed, spec.type),
      clock,
      startedAtMs,
      jitterMs: isAdopted ? random() * spec.periodMs : 0,
      attempt: (signal) => runCheck(spec.check, run, probed.podIP, spec.timeoutMs, signal),
      onAttempt: (prober, attempt) => this.#onAttempt(probed, prober, attempt),
    });
  }

  /** With the file lost, what the API last showed of this very run is the best that is known. */
  #stateFromStatus(probed: Probed, type: ProbeType): ProbeState {
    const state = initialState(type);
    if (type === 'liveness') return state;
    const { containerStatuses = [], initContainerStatuses = [] } = probed.pod.status ?? {};
    const status = [...containerStatuses, ...initContainerStatuses].find(
      ({ containerID }) => containerID === `docker://${probed.run.id}`,
    );
    const held = type === 'readiness' ? status?.ready === true : status?.started === true;
    return held ? { ...state, published: 'success' } : state;
  }

  #onAttempt(probed: Probed, prober: Prober, attempt: Attempt): void {
    const { listener, nodeName } = this.#options;
    const { pod, run } = probed;
    const record: ProbeRecord = {
      type: 'probe',
      time: new Date(attempt.atMs).toISOString(),
      ...subjectOf(pod, run, nodeName),
      probe: prober.spec.type,
      check: prober.spec.checkText,
      outcome: attempt.outcome,
      run: attempt.run,
      threshold: attempt.threshold,
      action: attempt.action,
      latencyMs: attempt.latencyMs,
      output: attempt.output,
      periodMs: attempt.periodMs,
    };
    if (attempt.outcome === 'failure') probed.lastFailures.set(record.probe, record);
    listener.onAttempt(pod, record, attempt.isWarning);
    if (attempt.action === 'none') return;
    if (attempt.action === 'started') this.#runOthers(probed, true);
    // Kept before it is told: an agent that is killed in between would take up an older answer than the API has.
    this.#save();
    void this.#file.flush().then(() => listener.onChange(pod.metadata?.uid ?? ''));
  }

  #runOthers({ probers }: Probed, atOnce: boolean): void {
    probers.get('liveness')?.run();
    if (atOnce) probers.get('readiness')?.runNow();
    else probers.get('readiness')?.run();
  }

  /** A pod that is being deleted is not killed by probes any more; whether it is ready still matters. */
  #stopKilling({ probers }: Probed): void {
    probers.get('liveness')?.stop();
    probers.get('startup')?.stop();
  }

  #end(containerId: string): void {
    const probed = this.#probed.get(containerId);
    if (!probed) return;
    for (const prober of probed.probers.values()) prober.stop();
    this.#probed.delete(containerId);
    this.#save();
  }

  #save(): void {
    this.#file.save(() => {
      const states: Record<string, ProbeState> = {};
      for (const [id, { probers }] of this.#probed) {
        for (const [type, prober] of probers) states[stateKey(id, type)] = prober.state;
      }
      return { version: 1, states };
    });
  }
}

function stateKey(containerId: string, type: ProbeType): string {
  return `${containerId}/${type}`;
}
