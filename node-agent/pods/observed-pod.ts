import type { EngineContainer } from '../runtime/runtime.ts';

/** What the engine has of one pod. */
export interface ObservedPod {
  /** Newest first. */
  readonly sandboxes: readonly EngineContainer[];
  /** Runs of each container by name, newest first. */
  readonly runs: ReadonlyMap<string, readonly EngineContainer[]>;
}

export const nothingObserved: ObservedPod = { sandboxes: [], runs: new Map() };

export function observedPodOf(containers: Iterable<EngineContainer>): ObservedPod {
  const sandboxes: EngineContainer[] = [];
  const runs = new Map<string, EngineContainer[]>();
  for (const container of containers) {
    if (container.kind === 'sandbox') {
      sandboxes.push(container);
      continue;
    }
    const known = runs.get(container.owner.containerName);
    if (known) known.push(container);
    else runs.set(container.owner.containerName, [container]);
  }
  sandboxes.sort(newestFirst);
  for (const list of runs.values()) list.sort(newestFirst);
  return { sandboxes, runs };
}

export function latestRun(observed: ObservedPod, name: string): EngineContainer | undefined {
  return observed.runs.get(name)?.[0];
}

/** The sandbox that containers may join, if it runs. */
export function runningSandbox(observed: ObservedPod): EngineContainer | undefined {
  const newest = observed.sandboxes[0];
  return newest?.state === 'running' ? newest : undefined;
}

export function isAnythingRunning(observed: ObservedPod): boolean {
  if (observed.sandboxes.some((sandbox) => sandbox.state === 'running')) return true;
  return [...observed.runs.values()].some((list) => list.some((run) => run.state === 'running'));
}

function newestFirst(a: EngineContainer, b: EngineContainer): number {
  return b.owner.restartCount - a.owner.restartCount || b.createdAtMs - a.createdAtMs;
}

/** Runs or is about to: its address is in use. */
export function isSandboxAlive(sandbox: EngineContainer): boolean {
  return sandbox.state !== 'exited';
}
