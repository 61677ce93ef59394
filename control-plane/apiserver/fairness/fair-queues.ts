/** A request takes this long until it has shown how long it takes, per seat. */
const ESTIMATE_MS = 3;

/** What waits in a queue. */
export interface Queued {
  readonly seats: number;
}

/** One queue of a level. `FairQueues` alone writes to it. */
export interface FairQueue<T extends Queued> {
  readonly index: number;
  /** Virtual time, in seat-milliseconds of service, at which the next request is to start. */
  startTag: number;
  readonly waiting: T[];
  waitingSeats: number;
  executing: number;
  executingSeats: number;
}

/**
 * Start-time fair queuing (Goyal, Vin, Cheng 1996) over the queues of one priority level: each request starts at a virtual time, the one with the earliest start
 * goes first, and a queue's next start moves on by the seats times the time that its request took. Queues that always have something waiting get the same
 * service, up to a request and what is being worked; one that was idle has no claim on what the others had meanwhile. Has no clock and decides nothing about seats.
 */
export class FairQueues<T extends Queued> {
  readonly #queues: (FairQueue<T> | undefined)[] = [];
  readonly #backlogged = new Set<FairQueue<T>>();
  /** The service that the queue served last has had, without what is being worked: who comes anew may have as many requests worked before his turn is over. */
  #virtualMs = 0;
  #waiting = 0;

  get waitingCount(): number {
    return this.#waiting;
  }

  get backloggedCount(): number {
    return this.#backlogged.size;
  }

  /** Those that have ever been used. */
  *all(): Iterable<FairQueue<T>> {
    for (const queue of this.#queues) if (queue) yield queue;
  }

  /** The queue of a hand that has the least to do. */
  leastBurdened(hand: readonly number[]): FairQueue<T> {
    let best: FairQueue<T> | undefined;
    for (const index of hand) {
      const queue = this.#queues[index] ?? this.#open(index);
      if (burden(queue) === 0) return queue;
      if (!best || burden(queue) < burden(best)) best = queue;
    }
    return best ?? this.#queues[0] ?? this.#open(0);
  }

  enqueue(queue: FairQueue<T>, item: T): void {
    if (queue.waiting.length === 0) this.#wake(queue);
    queue.waiting.push(item);
    queue.waitingSeats += item.seats;
    this.#waiting++;
    this.#backlogged.add(queue);
  }

  /** Whose turn it is; stays in its queue. */
  next(): { readonly queue: FairQueue<T>; readonly item: T } | undefined {
    let best: FairQueue<T> | undefined;
    for (const queue of this.#backlogged) if (!best || queue.startTag < best.startTag) best = queue;
    const item = best?.waiting[0];
    return best && item && { queue: best, item };
  }

  /** Takes something out of its queue: its turn has come, or it waits no longer. False when it was not there. */
  remove(queue: FairQueue<T>, item: T): boolean {
    const at = queue.waiting.indexOf(item);
    if (at < 0) return false;
    queue.waiting.splice(at, 1);
    queue.waitingSeats -= item.seats;
    this.#waiting--;
    if (queue.waiting.length === 0) this.#backlogged.delete(queue);
    return true;
  }

  /** Begins a request of a queue, whether it waited or not. */
  begin(queue: FairQueue<T>, seats: number): void {
    if (queue.waiting.length === 0) this.#wake(queue);
    this.#virtualMs = Math.max(this.#virtualMs, queue.startTag - queue.executingSeats * ESTIMATE_MS);
    queue.startTag += seats * ESTIMATE_MS;
    queue.executing++;
    queue.executingSeats += seats;
  }

  /** Ends it: from now on the queue has had what the request really took. */
  end(queue: FairQueue<T>, seats: number, tookMs: number): void {
    queue.startTag += seats * (tookMs - ESTIMATE_MS);
    queue.executing--;
    queue.executingSeats -= seats;
  }

  #wake(queue: FairQueue<T>): void {
    queue.startTag = Math.max(queue.startTag, this.#virtualMs);
  }

  #open(index: number): FairQueue<T> {
    const queue = { index, startTag: 0, waiting: [], waitingSeats: 0, executing: 0, executingSeats: 0 };
    this.#queues[index] = queue;
    return queue;
  }
}

function burden({ waitingSeats, executingSeats }: FairQueue<Queued>): number {
  return waitingSeats + executingSeats;
}
