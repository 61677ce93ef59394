import type { Pod } from '../../lib/kube/types.ts';

/** Where the pod room tells what happened; Events of the API behind it. Never waits, never throws. */
export interface EventSink {
  /** `container` names the container that the event is about. */
  event(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void;
}
