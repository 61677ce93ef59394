import type { Pod } from '../../lib/kube/types.ts';
import { containerStatusesOf } from '../../lib/kube/pod-facts.ts';

/** One run of one container of one pod: a restart is a new run with a new ID. */
export interface ContainerRun {
  readonly containerId: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly restartCount: number;
  readonly node: string;
  readonly ended: boolean;
  /** How it ended, for the marker between the lines. */
  readonly endReason?: string | undefined;
}

/** The runs that a pod's status names: the present one of each container and the one before, oldest first. */
export function runsOf(pod: Pod, container?: string): ContainerRun[] {
  const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
  const base = { namespace, pod: name, podUid: uid, node: pod.spec?.nodeName ?? '' };
  return containerStatusesOf(pod).flatMap((status) => {
    if (container !== undefined && status.name !== container) return [];
    const runs: ContainerRun[] = [];
    const before = status.lastState?.terminated;
    const beforeId = bareId(before?.containerID);
    if (before && beforeId !== undefined) {
      const restartCount = Math.max(0, status.restartCount - (status.state?.waiting ? 0 : 1));
      runs.push({
        ...base,
        container: status.name,
        containerId: beforeId,
        restartCount,
        ended: true,
        endReason: before.reason,
      });
    }
    const nowId = bareId(status.containerID);
    if (nowId !== undefined && nowId !== beforeId) {
      const end = status.state?.terminated;
      runs.push({
        ...base,
        container: status.name,
        containerId: nowId,
        restartCount: status.restartCount,
        ended: end !== undefined,
        endReason: end?.reason,
      });
    }
    return runs;
  });
}

/** `docker://<id>` without its scheme. */
function bareId(containerID: string | undefined): string | undefined {
  if (containerID === undefined || containerID === '') return undefined;
  const slashes = containerID.indexOf('://');
  return slashes < 0 ? containerID : containerID.slice(slashes + 3);
}
