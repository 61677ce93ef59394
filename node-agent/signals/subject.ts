import { workloadOf } from '../../lib/kube/owner.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { Subject } from '../../lib/signals/records.ts';
import type { EngineContainer } from '../runtime/runtime.ts';

/** Who a record about a run of a container is about. */
export function subjectOf(pod: Pod, run: EngineContainer, nodeName: string): Subject {
  return {
    namespace: pod.metadata?.namespace ?? '',
    pod: pod.metadata?.name ?? '',
    podUid: pod.metadata?.uid ?? '',
    container: run.owner.containerName,
    containerId: run.id,
    node: nodeName,
    workload: workloadOf(pod),
    restartCount: run.owner.restartCount,
  };
}
