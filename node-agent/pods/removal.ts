import type { EngineContainer } from '../runtime/runtime.ts';

/** What is known about a pod when it is decided which of its dead containers may go. */
export interface RemovalInput {
  /** All containers of one pod. */
  readonly containers: readonly EngineContainer[];
  /** False when the API no longer has the pod and it has ended. */
  readonly isWanted: boolean;
  readonly isShipped: (containerId: string) => boolean;
  /** How long the shipper may take after the end. */
  readonly shipWithinMs: number;
  readonly nowMs: number;
}

export interface Removal {
  readonly remove: readonly EngineContainer[];
  /** Containers that stay only until they are shipped. */
  readonly isWaiting: boolean;
}

/**
 * Which dead containers of a pod can be removed. Of a pod that lives, the last dead run of each container stays (`kubectl logs --previous`), and the newest
 * sandbox; everything else goes once its log is shipped or the shipper had its time.
 */
export function planRemoval(input: RemovalInput): Removal {
  const kept = new Set<string>();
  const dead = input.containers.filter((container) => container.state === 'exited').sort(newestFirst);
  const remove: EngineContainer[] = [];
  let isWaiting = false;
  for (const container of dead) {
    const name = `${container.kind}/${container.owner.containerName}`;
    if (input.isWanted && !kept.has(name) && !isSupersededSandbox(container, input.containers)) {
      kept.add(name);
      continue;
    }
    if (container.kind === 'sandbox' || isReleased(container, input)) remove.push(container);
    else isWaiting = true;
  }
  // Made by an agent that died before it could start them.
  remove.push(
    ...input.containers.filter(
      (container) =>
        container.state === 'created' && (!input.isWanted || isSupersededSandbox(container, input.containers)),
    ),
  );
  return { remove, isWaiting };
}

function isReleased(container: EngineContainer, input: RemovalInput): boolean {
  const endedAtMs = container.finishedAtMs ?? container.createdAtMs;
  return input.isShipped(container.id) || input.nowMs - endedAtMs >= input.shipWithinMs;
}

function isSupersededSandbox(container: EngineContainer, all: readonly EngineContainer[]): boolean {
  if (container.kind !== 'sandbox') return false;
  return all.some((other) => other.kind === 'sandbox' && other.owner.restartCount > container.owner.restartCount);
}

function newestFirst(a: EngineContainer, b: EngineContainer): number {
  return b.owner.restartCount - a.owner.restartCount || b.createdAtMs - a.createdAtMs;
}
