import { messageOf, VigilError } from '../../lib/errors.ts';
import { containerStatusesOf } from '../../lib/kube/pod-facts.ts';
import type { Pod, PodStatus } from '../../lib/kube/types.ts';
import { createSandbox, DEVICES_NOT_PREPARED } from './create-sandbox.ts';
import { EndedRuns } from './ended-runs.ts';
import { Holds } from './holds.ts';
import { ImageError } from './image-error.ts';
import { isAnythingRunning, latestRun, runningSandbox } from './observed-pod.ts';
import { computeActions } from './plan.ts';
import type { PodDeps } from './pod-deps.ts';
import { allContainersOf, isBeingDeleted, podGraceMs, resizableContainersOf } from './pod-containers.ts';
import type { ResizeView } from './conditions.ts';
import { planResize } from './resize/plan-resize.ts';
import { resizeContainer } from './resize/resize-container.ts';
import { resizeMessage } from './resize/resize-events.ts';
import { startContainer } from './start-container.ts';
import { podStatus, type PodVerdict } from './status.ts';
import { stopContainer } from './stop-container.ts';
import { VolumeState } from './volume-state.ts';
import { actionKey, resizeKey, type Action, type StopCause } from './action.ts';

export interface WorkerListener {
  /** The pod's status as it should be; called whenever it may have changed. `hasEnded`: nothing of the pod runs or will run. */
  onStatus(pod: Pod, status: PodStatus, hasEnded: boolean): void;
  /** The pod that was pending when this worker began runs: `seconds` after that. */
  onStarted(seconds: number): void;
  /** A pod that the API no longer has does not run any more. */
  onGone(uid: string): void;
}

/**
 * Drives one pod towards what the API asks for. Level-triggered: each step looks at what is desired and seen now, starts what the plan says and returns; what was
 * started keeps its part of the pod busy and wakes the worker when it is done. Steps are synchronous, so they never overlap.
 */
export class PodWorker {
  readonly uid: string;
  readonly #deps: PodDeps;
  readonly #listener: WorkerListener;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #holds: Holds;
  readonly #ended: EndedRuns;
  readonly #causes = new Map<string, StopCause>();
  /** Runs that end for a resize that the engine does not show. */
  readonly #toRenew = new Set<string>();
  readonly #volumes = new VolumeState();
  readonly #stop = new AbortController();
  #pod: Pod;
  #isGone = false;
  #verdict: PodVerdict | undefined;
  #stoppingSinceMs: number | undefined;
  #pendingSinceMs: number | undefined;
  /** The generation whose resources are being brought about, as last seen. */
  #resizing: number | undefined;
  #isWoken = false;
  #cancelTimer: () => void = () => {};

  constructor(pod: Pod, deps: PodDeps, listener: WorkerListener, verdict?: PodVerdict) {
    this.uid = pod.metadata?.uid ?? '';
    this.#pod = pod;
    this.#deps = deps;
    this.#listener = listener;
    this.#verdict = verdict;
    this.#holds = new Holds(deps.backOff);
    this.#ended = new EndedRuns(deps, () => this.wake());
    this.#pendingSinceMs = (pod.status?.phase ?? 'Pending') === 'Pending' ? deps.clock.monotonicMs() : undefined;
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** True when the API no longer has the pod. */
  get isGone(): boolean {
    return this.#isGone;
  }

  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (podGraceMs(pod) < podGraceMs(before) && isBeingDeleted(pod)) this.#hurry(podGraceMs(pod));
    const meta = (object: Pod) => JSON.stringify([object.metadata?.labels, object.metadata?.annotations]);
    if (meta(before) !== meta(pod)) this.refreshVolumes();
    this.wake();
  }

  /** The API no longer has the pod: it is ended, with the grace that the last known object says. */
  gone(last: Pod | undefined): void {
    if (last) this.#pod = last;
    this.#isGone = true;
    if (last?.metadata?.deletionGracePeriodSeconds === 0) this.#hurry(0);
    this.wake();
  }

  /** An object that a volume shows may have changed. */
  refreshVolumes(): void {
    this.#volumes.markStale();
    this.#holds.clearConfigFailures();
    this.wake();
  }

  /** Ends the pod for a reason of the node's. */
  evict(verdict: PodVerdict): void {
    this.#verdict ??= verdict;
    this.wake();
  }

  /** Takes a step soon; any number of calls before it make one step. */
  wake(): void {
    if (this.#isWoken || this.#stop.signal.aborted) return;
    this.#isWoken = true;
    queueMicrotask(() => {
      this.#isWoken = false;
      if (!this.#stop.signal.aborted) this.#step();
    });
  }

  /** Lets go of the pod and leaves its containers running: the next agent adopts them. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('pod worker stopped'));
    this.#cancelTimer();
    await Promise.allSettled(this.#busy.values());
  }

  #step(): void {
    const { observer, probes, backOff, clock, node, volumes, allocations } = this.#deps;
    const pod = allocations.allocated(this.#pod);
    const nowMs = clock.now();
    const observed = observer.pod(this.uid);
    // Before probes forget them: a run's end is told with the probe that caused it.
    this.#ended.settle(pod, observed, this.#causes, this.#isGone);
    for (const id of this.#causes.keys()) if (!observer.container(id)) this.#causes.delete(id);
    const podIP = pod.spec?.hostNetwork === true ? node.nodeIP : runningSandbox(observed)?.ip;
    probes.sync(pod, observed, podIP);
    const deadlineMs = this.#checkDeadline(pod, nowMs);
    this.#noteResize(pod);
    const phase = pod.status?.phase;
    const isOver = phase === 'Succeeded' || phase === 'Failed';
    const mustStop = this.#isGone || isBeingDeleted(pod) || this.#verdict !== undefined || isOver;
    if (mustStop) this.#stoppingSinceMs ??= nowMs;
    const plan = computeActions({
      pod,
      observed,
      probes,
      toRenew: this.#runsToRenew(pod),
      renewed: this.#renewed,
      busy: new Set(this.#busy.keys()),
      holds: this.#holds.view,
      areVolumesReady: this.#volumes.isReady,
      mustStop,
      stoppingSinceMs: this.#stoppingSinceMs,
      backOff,
      knownRestarts: (name) => knownRestarts(pod, name),
      nowMs,
    });
    for (const action of plan.actions) this.#launch(action);
    const renewMs = volumes.renewAtMs(this.uid);
    if (!mustStop) this.#refreshVolumesIfDue(renewMs, nowMs);
    const hasEnded = mustStop && this.#busy.size === 0 && !isAnythingRunning(observed) && plan.actions.length === 0;
    this.#report(pod, plan.backingOff, hasEnded, nowMs);
    this.#sleepUntil(
      [
        plan.wakeAtMs,
        deadlineMs,
        this.#holds.nextChangeMs(nowMs),
        mustStop ? undefined : this.#volumes.nextMs(renewMs, nowMs),
      ],
      nowMs,
    );
  }

  #report(pod: Pod, backingOff: ReadonlyMap<string, number>, hasEnded: boolean, nowMs: number): void {
    // The end of a run is told whole, with its message, or not yet.
    if (this.#ended.isSettling) return;
    if (this.#isGone) {
      if (hasEnded) this.#listener.onGone(this.uid);
      return;
    }
    const { observer, probes, node } = this.#deps;
    const waiting = new Map(
      allContainersOf(pod).flatMap((container) => {
        const reason = this.#holds.waitingReason(container.name, container.image ?? '', nowMs);
        return reason ? [[container.name, reason] as const] : [];
      }),
    );
    const status = podStatus({
      pod,
      observed: observer.pod(this.uid),
      probes,
      waiting,
      backingOff,
      messages: this.#ended.messages,
      verdict: this.#verdict,
      renewed: this.#renewed,
      hasEnded,
      hostIP: node.nodeIP,
      resize: this.#resizeOf(pod),
      nowMs,
    });
    for (const [name, delayMs] of backingOff) this.#tellBackOff(pod, name, delayMs);
    this.#listener.onStatus(pod, status, hasEnded);
    if (status.phase !== 'Running' || this.#pendingSinceMs === undefined) return;
    this.#listener.onStarted((this.#deps.clock.monotonicMs() - this.#pendingSinceMs) / 1000);
    this.#pendingSinceMs = undefined;
  }

  /** What failed for the resources of before says nothing about those that are wanted now. */
  #noteResize(pod: Pod): void {
    const generation = this.#deps.allocations.resizing(this.uid);
    if (generation === this.#resizing) return;
    this.#resizing = generation;
    for (const { name } of resizableContainersOf(pod)) this.#holds.succeeded(resizeKey(name));
  }

  /** A resize is over when every container that runs has what was allocated to it. */
  #resizeOf(pod: Pod): ResizeView {
    const { allocations, observer, events } = this.#deps;
    const pending = allocations.pending(this.uid);
    const generation = allocations.resizing(this.uid);
    if (generation === undefined) return { pending };
    const runs = observer.pod(this.uid);
    const lacking = resizableContainersOf(pod).filter((container) => {
      const run = latestRun(runs, container.name);
      if (run?.state !== 'running') return false;
      return this.#toRenew.has(run.id) || planResize(container, run.resources).kind !== 'none';
    });
    // A restart for a resize is under way between two runs, too.
    const isRestarting = resizableContainersOf(pod).some(({ name }) => {
      const run = latestRun(runs, name);
      return run?.state === 'exited' && this.#causes.get(run.id) === 'resize';
    });
    if (lacking.length === 0 && !isRestarting) {
      allocations.completed(this.uid);
      events.event(pod, 'Normal', 'ResizeCompleted', resizeMessage('Pod resize completed', pod, generation));
      return { pending };
    }
    const error = lacking.map(({ name }) => this.#holds.message(resizeKey(name))).find((text) => text !== undefined);
    return { pending, inProgress: { generation, error } };
  }

  /** Runs that were ended to be started anew. */
  get #renewed(): ReadonlySet<string> {
    const causes = [...this.#causes].filter(([, cause]) => cause === 'resize' || cause === 'spec-changed');
    return new Set(causes.map(([id]) => id));
  }

  /** A resize that an engine has no word for is seen by nobody but who has allocated it. */
  #runsToRenew(pod: Pod): ReadonlySet<string> {
    const { allocations, observer } = this.#deps;
    const names = allocations.takeRenewals(this.uid);
    if (names.length === 0 && this.#toRenew.size === 0) return this.#toRenew;
    const observed = observer.pod(this.uid);
    for (const name of names) {
      const run = latestRun(observed, name);
      if (run?.state === 'running') this.#toRenew.add(run.id);
    }
    const running = new Set(resizableContainersOf(pod).map(({ name }) => latestRun(observed, name)?.id ?? ''));
    for (const id of this.#toRenew) if (!running.has(id)) this.#toRenew.delete(id);
    return this.#toRenew;
  }

  #launch(action: Action): void {
    const key = actionKey(action);
    if (action.kind === 'stop-container') this.#causes.set(action.run.id, action.because);
    const work = this.#perform(action)
      .then(
        () => this.#holds.succeeded(key),
        (error: unknown) => this.#failed(key, action, error),
      )
      .finally(() => {
        this.#busy.delete(key);
        this.wake();
      });
    this.#busy.set(key, work);
  }

  async #perform(action: Action): Promise<void> {
    const { runtime, observer, volumes, allocations } = this.#deps;
    const pod = allocations.allocated(this.#pod);
    switch (action.kind) {
      case 'prepare-volumes':
        this.#volumes.begun();
        this.#volumes.prepared(await volumes.prepare(pod), this.#deps.clock.now());
        return;
      case 'create-sandbox':
        return createSandbox(this.#deps, pod, action.attempt);
      case 'stop-sandbox':
        await runtime.stop(action.id, 0);
        await observer.refresh(action.id);
        return;
      case 'start-container':
        return startContainer(this.#deps, pod, action, this.#stop.signal);
      case 'stop-container':
        return stopContainer(this.#deps, pod, action, this.#stop.signal);
      case 'resize-container':
        return resizeContainer(this.#deps, action);
    }
  }

  #failed(key: string, action: Action, error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const { clock, events, log, observer } = this.#deps;
    const message = messageOf(error);
    const code = error instanceof VigilError ? error.code : 'FAILED';
    const isRepeated = this.#holds.message(key) !== undefined;
    this.#holds.failed(key, error, clock.now());
    if (action.kind === 'prepare-volumes') this.#volumes.failed();
    log.info(
      {
        pod: this.#pod.metadata?.name,
        namespace: this.#pod.metadata?.namespace,
        action: action.kind,
        key,
        code,
        error: message,
      },
      'pod action failed, will be tried again',
    );
    if (action.kind === 'resize-container') {
      if (!isRepeated) this.#tellResizeError(message);
      return;
    }
    if (code === 'CONTAINER_NAME_TAKEN') observer.relist().catch(() => undefined);
    const [reason, text] = failureEvent(action, error);
    events.event(this.#pod, 'Warning', reason, text, action.kind === 'start-container' ? key : undefined);
  }

  #tellResizeError(message: string): void {
    const { allocations, events } = this.#deps;
    const pod = allocations.allocated(this.#pod);
    const generation = this.#resizing ?? pod.metadata?.generation ?? 0;
    events.event(pod, 'Warning', 'ResizeError', resizeMessage('Pod resize error', pod, generation, message));
  }

  #tellBackOff(pod: Pod, name: string, delayMs: number): void {
    const key = `${name}/${delayMs}`;
    if (this.#toldBackOffs.has(key)) return;
    this.#toldBackOffs.add(key);
    const { namespace = '', uid = '' } = pod.metadata ?? {};
    const text = `Back-off restarting failed container ${name} in pod ${pod.metadata?.name ?? ''}_${namespace}(${uid})`;
    this.#deps.events.event(pod, 'Warning', 'BackOff', text, name);
  }

  /** One event per length of back-off and container: bounded by the number of doublings. */
  readonly #toldBackOffs = new Set<string>();

  #checkDeadline(pod: Pod, nowMs: number): number | undefined {
    const seconds = pod.spec?.activeDeadlineSeconds;
    const startMs = Date.parse(pod.status?.startTime ?? '');
    if (seconds === undefined || Number.isNaN(startMs) || this.#verdict) return undefined;
    const deadlineMs = startMs + seconds * 1000;
    if (nowMs < deadlineMs) return deadlineMs;
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#verdict = { reason: 'DeadlineExceeded', message };
    this.#deps.events.event(pod, 'Normal', 'DeadlineExceeded', message);
    return undefined;
  }

  #refreshVolumesIfDue(renewMs: number | undefined, nowMs: number): void {
    const hold = this.#holds.view.get('volumes');
    if (this.#busy.has('volumes') || (hold && hold.untilMs > nowMs)) return;
    if (this.#volumes.isDue(renewMs, nowMs)) this.#launch({ kind: 'prepare-volumes' });
  }

  /** The grace was shortened while containers end: those still running get the new one. */
  #hurry(graceMs: number): void {
    for (const runs of this.#deps.observer.pod(this.uid).runs.values()) {
      for (const run of runs) {
        if (run.state === 'running' && this.#busy.has(run.owner.containerName)) {
          this.#deps.runtime.stop(run.id, graceMs).catch(() => undefined);
        }
      }
    }
  }

  #sleepUntil(times: readonly (number | undefined)[], nowMs: number): void {
    this.#cancelTimer();
    const next = Math.min(...times.filter((time) => time !== undefined));
    if (!Number.isFinite(next) || this.#stop.signal.aborted) return;
    this.#cancelTimer = this.#deps.clock.after(Math.max(next - nowMs, 0) + 1, () => this.wake());
  }
}

function knownRestarts(pod: Pod, name: string): number | undefined {
  const status = containerStatusesOf(pod).find((candidate) => candidate.name === name);
  // A container ID says that it has run; without one it is still to run for the first time.
  return status?.containerID ? status.restartCount : undefined;
}

function failureEvent(
  action: Exclude<Action, { readonly kind: 'resize-container' }>,
  error: unknown,
): readonly [string, string] {
  const message = messageOf(error);
  switch (action.kind) {
    case 'prepare-volumes':
      return ['FailedMount', message];
    case 'create-sandbox':
      if (error instanceof VigilError && error.code === DEVICES_NOT_PREPARED)
        return ['FailedPrepareDynamicResources', `Failed to prepare dynamic resources: ${message}`];
      return ['FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`];
    case 'stop-sandbox':
      return ['FailedKillPod', `error killing pod: ${message}`];
    case 'stop-container':
      return ['FailedKillPod', `error killing container ${action.run.owner.containerName}: ${message}`];
    case 'start-container':
      if (error instanceof ImageError && error.code === 'IMAGE_PULL_FAILED')
        return ['Failed', `Failed to pull image "${error.reference}": ${message}`];
      return ['Failed', `Error: ${message}`];
  }
}
