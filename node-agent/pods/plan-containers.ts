import type { EngineContainer } from '../runtime/runtime.ts';
import { nextRun } from './back-off.ts';
import { containerSpecHash } from './spec-hash.ts';
import { latestRun } from './observed-pod.ts';
import { resizeKey, type Action, type Plan, type PlanInput } from './action.ts';
import { planResize } from './resize/plan-resize.ts';
import {
  ephemeralContainersOf,
  initContainersOf,
  isRestarted,
  isSidecar,
  mainContainersOf,
  podGraceMs,
  type ContainerRole,
  type PodContainer,
} from './pod-containers.ts';

/** Collects what is to be done for the containers of a pod whose sandbox runs. */
class ContainerPlan {
  readonly actions: Action[] = [];
  readonly backingOff = new Map<string, number>();
  readonly #input: PlanInput;
  readonly #sandbox: EngineContainer;
  #wakeAtMs = Infinity;

  constructor(input: PlanInput, sandbox: EngineContainer) {
    this.#input = input;
    this.#sandbox = sandbox;
  }

  get wakeAtMs(): number | undefined {
    return this.#wakeAtMs === Infinity ? undefined : this.#wakeAtMs;
  }

  /** The latest run, if it belongs to the present sandbox: earlier ones do not count as having initialised it. */
  runInSandbox(name: string): EngineContainer | undefined {
    const run = latestRun(this.#input.observed, name);
    return run && run.createdAtMs >= this.#sandbox.createdAtMs ? run : undefined;
  }

  /** Starts, restarts or stops one container as its role asks. */
  consider(container: PodContainer, role: ContainerRole): void {
    const input = this.#input;
    if (input.busy.has(container.name)) return;
    const run = latestRun(input.observed, container.name);
    if (!run) {
      const known = input.knownRestarts(container.name);
      if (known !== undefined && role === 'ephemeral') return;
      this.#start(container, known === undefined ? 0 : known + 1, 0);
      return;
    }
    if (run.state === 'created') {
      this.#start(container, run.owner.restartCount, run.owner.backOffStep, run.id);
      return;
    }
    if (run.state === 'running') {
      this.#watch(container, run, role);
      return;
    }
    const isOld = role === 'init' && this.runInSandbox(container.name) === undefined;
    const isRenewed = input.renewed?.has(run.id) === true;
    if (!isOld && !isRenewed && !isRestarted(input.pod, container, role, run.exitCode ?? 0)) return;
    const finishedAtMs = run.finishedAtMs ?? input.nowMs;
    const next = nextRun({ ...run.owner, startedAtMs: run.startedAtMs, finishedAtMs }, input.backOff);
    if (!isOld && !isRenewed && next.notBeforeMs > input.nowMs) {
      this.backingOff.set(container.name, next.delayMs);
      this.#wake(next.notBeforeMs);
      return;
    }
    this.#start(container, run.owner.restartCount + 1, next.backOffStep);
  }

  #watch(container: PodContainer, run: EngineContainer, role: ContainerRole): void {
    const failure = this.#input.probes.failure(run.id);
    const graceMs = podGraceMs(this.#input.pod);
    if (failure) {
      const grace = failure.graceMs ?? graceMs;
      this.actions.push({ kind: 'stop-container', run, graceMs: grace, because: failure.probe });
    } else if (run.owner.specHash !== '' && run.owner.specHash !== containerSpecHash(container)) {
      this.actions.push({ kind: 'stop-container', run, graceMs, because: 'spec-changed' });
    } else if (role === 'main' || role === 'sidecar') this.#resize(container, run, graceMs);
  }

  #resize(container: PodContainer, run: EngineContainer, graceMs: number): void {
    const step = planResize(container, run.resources);
    const mustRenew = step.kind === 'restart' || this.#input.toRenew?.has(run.id) === true;
    if (step.kind === 'none' && !mustRenew) return;
    if (mustRenew || step.kind !== 'update') {
      this.actions.push({ kind: 'stop-container', run, graceMs, because: 'resize' });
      return;
    }
    const key = resizeKey(container.name);
    const hold = this.#input.holds.get(key);
    if (hold && hold.untilMs > this.#input.nowMs) this.#wake(hold.untilMs);
    else if (!this.#input.busy.has(key)) {
      const { amounts, lowersMemory } = step;
      this.actions.push({ kind: 'resize-container', run, amounts, lowersMemory });
    }
  }

  #start(container: PodContainer, restartCount: number, backOffStep: number, replaces?: string): void {
    const hold = this.#input.holds.get(container.name);
    if (hold && hold.untilMs > this.#input.nowMs) {
      this.#wake(hold.untilMs);
      return;
    }
    if (!this.#input.areVolumesReady) return;
    const target = container.targetContainerName
      ? latestRun(this.#input.observed, container.targetContainerName)
      : undefined;
    // Only a container that runs has a namespace of processes to join.
    if (container.targetContainerName && target?.state !== 'running') return;
    const sandbox = this.#sandbox;
    this.actions.push({ kind: 'start-container', container, sandbox, restartCount, backOffStep, replaces, target });
  }

  #wake(atMs: number): void {
    this.#wakeAtMs = Math.min(this.#wakeAtMs, atMs);
  }
}

/** Init containers in order, each waiting for those before it; then ordinary ones at once. Ephemeral ones wait for none of them: why it does not start may be the question. */
export function planContainers(input: PlanInput, sandbox: EngineContainer): Plan {
  const plan = new ContainerPlan(input, sandbox);
  const mains = mainContainersOf(input.pod);
  // Once an ordinary container was made in this sandbox the pod is initialised, and init containers are not run again.
  const isInitialized = mains.some((container) => plan.runInSandbox(container.name));
  for (const container of ephemeralContainersOf(input.pod)) plan.consider(container, 'ephemeral');
  let mayGoOn = true;
  for (const container of initContainersOf(input.pod)) {
    if (isSidecar(container)) {
      plan.consider(container, 'sidecar');
      if (isInitialized) continue;
      const run = plan.runInSandbox(container.name);
      mayGoOn = run?.state === 'running' && input.probes.isStarted(run.id);
    } else {
      if (isInitialized) continue;
      const run = plan.runInSandbox(container.name);
      if (run?.state === 'exited' && run.exitCode === 0) continue;
      plan.consider(container, 'init');
      mayGoOn = false;
    }
    if (!mayGoOn) break;
  }
  if (mayGoOn) for (const container of mains) plan.consider(container, 'main');
  return { actions: plan.actions, wakeAtMs: plan.wakeAtMs, backingOff: plan.backingOff };
}
