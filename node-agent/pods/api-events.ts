import type { EventRecorder } from '../../lib/kube/event-recorder.ts';
import { pods } from '../../lib/kube/resources.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { EventSink } from './event-sink.ts';
import { initContainersOf } from './pod-containers.ts';

/** Tells Events of the API, with upstream's field paths. */
export class ApiEvents implements EventSink {
  readonly #recorder: EventRecorder;

  constructor(recorder: EventRecorder) {
    this.#recorder = recorder;
  }

  event(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void {
    this.#recorder.event({ resource: pods, object: pod, fieldPath: fieldPath(pod, container) }, type, reason, message);
  }
}

function fieldPath(pod: Pod, container: string | undefined): string | undefined {
  if (container === undefined) return undefined;
  const isInit = initContainersOf(pod).some(({ name }) => name === container);
  return `spec.${isInit ? 'initContainers' : 'containers'}{${container}}`;
}
