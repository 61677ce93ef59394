import type { FairQueue } from './fair-queues.ts';
import type { FlowStats } from './flow-stats.ts';
import type { PriorityLevel } from './priority-level.ts';

/** Requests that are told apart from others of their level, and share its queues with them. */
export interface Flow {
  readonly schema: string;
  readonly schemaUid: string;
  readonly level: PriorityLevel<Turn>;
  readonly hand: readonly number[];
  readonly stats: FlowStats;
}

type TurnState = 'waiting' | 'running' | 'over';

/**
 * One request's turn. `waiting` → `running` → `over`, or `waiting` → `over` when it is refused or its client goes; without waiting it begins as `running`.
 * Only `FlowControl` moves it on.
 */
export class Turn {
  readonly flow: Flow;
  readonly seats: number;
  readonly queue: FairQueue<Turn> | undefined;
  /** When it came, then when it began. */
  sinceMs: number;
  state: TurnState = 'running';
  /** Resolves when a turn that has to wait begins; rejects with 429. Absent when it did not have to. */
  ready: Promise<void> | undefined;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};
  #cancelTimer: () => void = () => {};

  constructor(flow: Flow, seats: number, queue: FairQueue<Turn> | undefined, nowMs: number) {
    this.flow = flow;
    this.seats = seats;
    this.queue = queue;
    this.sinceMs = nowMs;
  }

  /** Lets it wait; `cancelTimer` is called when it waits no longer. */
  wait(cancelTimer: () => void): void {
    this.state = 'waiting';
    this.#cancelTimer = cancelTimer;
    this.ready = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  begin(): void {
    this.#cancelTimer();
    this.#resolve();
  }

  refuse(error: Error): void {
    this.#cancelTimer();
    this.#reject(error);
  }
}
