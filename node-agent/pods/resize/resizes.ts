import { isPodFinished } from '../../../lib/kube/pod-facts.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import type { EventSink } from '../event-sink.ts';
import type { NodeCapacity } from '../pod-admission.ts';
import type { Allocations } from './allocations.ts';
import { decideResize, inOrderOfResize } from './decide-resize.ts';
import { resizeMessage } from './resize-events.ts';

export interface ResizesOptions {
  readonly allocations: Allocations;
  readonly events: EventSink;
  readonly allocatable: () => NodeCapacity;
  /** All pods that take room on the node, as the API has them. */
  readonly pods: () => readonly Pod[];
  /** Something was decided about the pod. */
  readonly onDecided: (uid: string) => void;
}

/** Pods that want other resources than they have, asked again whenever there may be room: at most as many as there are pods here. */
export class Resizes {
  readonly #options: ResizesOptions;
  readonly #waiting = new Set<string>();

  constructor(options: ResizesOptions) {
    this.#options = options;
  }

  /** A pod is new or has changed. */
  seen(pod: Pod): void {
    const { allocations, onDecided } = this.#options;
    const uid = pod.metadata?.uid ?? '';
    const isEnding = isPodFinished(pod) || pod.metadata?.deletionTimestamp !== undefined;
    if (!isEnding && allocations.allocated(pod) !== pod) this.#waiting.add(uid);
    else {
      this.#waiting.delete(uid);
      if (allocations.settle(uid)) onDecided(uid);
    }
    this.decide();
  }

  /** There may be room now. */
  decide(): void {
    if (this.#waiting.size === 0) return;
    const { allocations, pods } = this.#options;
    const all = pods();
    const waiting = all
      .filter((pod) => this.#waiting.has(pod.metadata?.uid ?? ''))
      .map((wanted) => ({ wanted, allocated: allocations.allocated(wanted) }));
    for (const { wanted } of inOrderOfResize(waiting)) this.#decideOne(wanted, all);
  }

  forget(uid: string): void {
    this.#waiting.delete(uid);
    this.decide();
  }

  #decideOne(wanted: Pod, all: readonly Pod[]): void {
    const { allocations, allocatable, events, onDecided } = this.#options;
    const uid = wanted.metadata?.uid ?? '';
    const generation = wanted.metadata?.generation ?? 0;
    const others = all.filter((pod) => pod.metadata?.uid !== uid).map((pod) => allocations.allocated(pod));
    const verdict = decideResize(wanted, others, allocatable());
    if (verdict.kind === 'fits') {
      this.#waiting.delete(uid);
      allocations.resize(wanted);
      events.event(wanted, 'Normal', 'ResizeStarted', resizeMessage('Pod resize started', wanted, generation));
      onDecided(uid);
      return;
    }
    const { kind: reason, message } = verdict;
    if (!allocations.refuse(wanted, { reason, message, generation })) return;
    const text = resizeMessage(`Pod resize ${reason}`, wanted, generation, message);
    events.event(wanted, 'Warning', reason === 'Deferred' ? 'ResizeDeferred' : 'ResizeInfeasible', text);
    onDecided(uid);
  }
}
