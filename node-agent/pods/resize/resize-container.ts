import { VigilError } from '../../../lib/errors.ts';
import type { Action } from '../action.ts';
import type { PodDeps } from '../pod-deps.ts';

type ResizeAction = Extract<Action, { kind: 'resize-container' }>;

/** Gives a running container other amounts. A limit of memory below what is in use is refused: the kernel would kill for it. */
export async function resizeContainer(deps: PodDeps, { run, amounts, lowersMemory }: ResizeAction): Promise<void> {
  // What was promised is on disk before it is given.
  await deps.allocations.flush();
  if (lowersMemory && amounts.memoryBytes !== undefined) {
    const usage = await deps.memoryUsage(run);
    if (usage !== undefined && usage > amounts.memoryBytes)
      throw new VigilError(
        'RESIZE_REFUSED',
        'transient',
        `cannot decrease memory limits: attempting to set container "${run.owner.containerName}" memory limit (${amounts.memoryBytes}) below current usage (${usage})`,
      );
  }
  await deps.runtime.updateResources(run.id, amounts);
  await deps.observer.refresh(run.id);
}
