import type { Pod } from '../../lib/kube/types.ts';
import { containerStatusesOf } from '../../lib/kube/pod-facts.ts';

/** What tells the runs of one container apart. */
interface Run {
  readonly podUid: string;
  readonly container: string;
  readonly restartCount: number;
}

/**
 * Chooses the run `back` runs before the present one of each container. Of a pod that is there the status says which is the present one (a container that waits to be
 * restarted has its next run before it); of a pod that is gone, the last run known is one back.
 */
export function previousRun(back: number, present: readonly Pod[], known: readonly Run[]): (run: Run) => boolean {
  const key = (run: Pick<Run, 'podUid' | 'container'>) => `${run.podUid}/${run.container}`;
  const now = new Map<string, number>();
  for (const run of known) now.set(key(run), Math.max(now.get(key(run)) ?? 0, run.restartCount + 1));
  for (const pod of present) {
    for (const status of containerStatusesOf(pod)) {
      const isWaiting = status.state?.waiting !== undefined && status.lastState?.terminated !== undefined;
      now.set(
        key({ podUid: pod.metadata?.uid ?? '', container: status.name }),
        status.restartCount + (isWaiting ? 1 : 0),
      );
    }
  }
  return (run) => run.restartCount === (now.get(key(run)) ?? 0) - back;
}
