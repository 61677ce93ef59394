import { messageOf } from '../../lib/errors.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { EngineContainer } from '../runtime/runtime.ts';
import type { ObservedPod } from './observed-pod.ts';
import type { StopCause } from './action.ts';
import type { PodDeps } from './pod-deps.ts';
import { allContainersOf, isBeingDeleted } from './pod-containers.ts';
import { terminationMessage, terminationRecord } from './termination.ts';

/** 128 + SIGKILL. */
const KILLED = 137;
const OUT_OF_MEMORY_DELAY_MS = 250;

/**
 * What is done once when a run has ended: its termination message is read, the shipper is told that no more will come, and the end is recorded. The log source's
 * `endedAt` says that it was done, so an agent that starts anew does it for exactly those runs that ended meanwhile.
 */
export class EndedRuns {
  readonly #deps: PodDeps;
  readonly #onSettled: () => void;
  readonly #messages = new Map<string, string>();
  readonly #seen = new Set<string>();
  #settling = 0;

  constructor(deps: PodDeps, onSettled: () => void) {
    this.#deps = deps;
    this.#onSettled = onSettled;
  }

  /** Termination messages by container ID. */
  get messages(): ReadonlyMap<string, string> {
    return this.#messages;
  }

  get isSettling(): boolean {
    return this.#settling > 0;
  }

  settle(pod: Pod, observed: ObservedPod, causes: ReadonlyMap<string, StopCause>, isGone: boolean): void {
    const present = new Set<string>();
    for (const runs of observed.runs.values()) {
      for (const run of runs) {
        present.add(run.id);
        if (run.state !== 'exited' || this.#seen.has(run.id)) continue;
        this.#seen.add(run.id);
        this.#begin(pod, run, this.#cause(pod, run, causes, isGone));
      }
    }
    for (const id of this.#seen) {
      if (present.has(id)) continue;
      this.#seen.delete(id);
      this.#messages.delete(id);
    }
  }

  /** Also after the agent was away: what probes and the API remember says why. */
  #cause(
    pod: Pod,
    run: EngineContainer,
    causes: ReadonlyMap<string, StopCause>,
    isGone: boolean,
  ): StopCause | undefined {
    const known = causes.get(run.id) ?? this.#deps.probes.failure(run.id)?.probe;
    if (known) return known;
    return isGone || isBeingDeleted(pod) ? 'pod-ends' : undefined;
  }

  #begin(pod: Pod, run: EngineContainer, cause: StopCause | undefined): void {
    const probe = this.#deps.probes.lastFailure(run.id);
    this.#settling++;
    this.#settle(pod, run, cause, probe)
      .catch((error: unknown) => {
        this.#deps.log.warn(
          { containerId: run.id, error: messageOf(error) },
          'the end of a container could not be recorded',
        );
      })
      .finally(() => {
        this.#settling--;
        this.#onSettled();
      });
  }

  /** The kernel's word that it was memory may reach the engine after the end itself: a kill that nobody here asked for is looked at once more. */
  async #withOutOfMemory(run: EngineContainer): Promise<EngineContainer> {
    if (run.exitCode !== KILLED || run.oomKilled || this.#deps.sources.endedAt(run.id) !== undefined) return run;
    await this.#deps.clock.sleep(OUT_OF_MEMORY_DELAY_MS);
    return (await this.#deps.observer.refresh(run.id)) ?? run;
  }

  async #settle(
    pod: Pod,
    seen: EngineContainer,
    cause: StopCause | undefined,
    probe: ReturnType<PodDeps['probes']['lastFailure']>,
  ): Promise<void> {
    const { files, sources, signals, node } = this.#deps;
    const run = cause === undefined ? await this.#withOutOfMemory(seen) : seen;
    const { podUid, containerName, restartCount } = run.owner;
    const container = allContainersOf(pod).find(({ name }) => name === containerName);
    const path = files.terminationLog(podUid, containerName, restartCount);
    const message = await terminationMessage(path, container, run);
    if (message !== '') this.#messages.set(run.id, message);
    if (sources.endedAt(run.id) !== undefined) return;
    signals.append(await terminationRecord({ pod, run, nodeName: node.nodeName, message, cause, probe }));
    await sources.end(run.id, new Date(run.finishedAtMs ?? run.createdAtMs).toISOString());
  }
}
