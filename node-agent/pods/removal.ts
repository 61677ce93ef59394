import type { NodeAgentConfig } from '../../lib/config/node-agent.ts';
import type { EngineContainer } from '../runtime/runtime.ts';

/** How long dead containers wait for their logs to be shipped. */
export interface RemovalBounds {
  /** For the lines to be stored; then it is enough that the shipper holds the files, for those outlive the container. */
  readonly heldAfterMs: number;
  /** For a shipper that does not even hold them; then disk and names are needed more. */
  readonly removedAfterMs: number;
  /** Share of the disk below which nothing waits, 0–1. */
  readonly minFreeShare: number;
}

/** The configured bounds; 30 s, 10 minutes and a tenth of the disk unless said. Where there is no shipper nothing waits. */
export function removalBounds({ logRemoval, shipperStatusFile }: NodeAgentConfig): RemovalBounds {
  const { heldAfterSeconds = 30, removedAfterSeconds = 600, minFreePercent = 10 } = logRemoval ?? {};
  return {
    heldAfterMs: heldAfterSeconds * 1_000,
    removedAfterMs: shipperStatusFile === undefined ? 0 : removedAfterSeconds * 1_000,
    minFreeShare: minFreePercent / 100,
  };
}

/** What is known about a pod when it is decided which of its dead containers may go. */
export interface RemovalInput {
  /** All containers of one pod. */
  readonly containers: readonly EngineContainer[];
  /** False when the API no longer has the pod and it has ended. */
  readonly isWanted: boolean;
  readonly isShipped: (containerId: string) => boolean;
  /** Whether the shipper keeps the container's files whatever becomes of it. */
  readonly isHeld: (containerId: string) => boolean;
  readonly bounds: RemovalBounds;
  /** Of the disk, 0–1; 1 when it is not known. */
  readonly freeShare: number;
  readonly nowMs: number;
}

export interface Removal {
  readonly remove: readonly EngineContainer[];
  /** Containers that stay only until they are shipped. */
  readonly isWaiting: boolean;
}

/**
 * Which dead containers of a pod can be removed. Of a pod that lives, the last dead run of each container stays (`kubectl logs --previous`), and the newest
 * sandbox; everything else goes once its log is shipped, or held while it waited long enough, or there is no more time or disk.
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
  const { bounds, nowMs } = input;
  if (input.isShipped(container.id) || input.freeShare < bounds.minFreeShare) return true;
  const waitedMs = nowMs - (container.finishedAtMs ?? container.createdAtMs);
  if (waitedMs >= bounds.removedAfterMs) return true;
  return waitedMs >= bounds.heldAfterMs && input.isHeld(container.id);
}

function isSupersededSandbox(container: EngineContainer, all: readonly EngineContainer[]): boolean {
  if (container.kind !== 'sandbox') return false;
  return all.some((other) => other.kind === 'sandbox' && other.owner.restartCount > container.owner.restartCount);
}

function newestFirst(a: EngineContainer, b: EngineContainer): number {
  return b.owner.restartCount - a.owner.restartCount || b.createdAtMs - a.createdAtMs;
}
