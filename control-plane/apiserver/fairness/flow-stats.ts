/** Why a request was not worked. */
export type Refusal = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

export const refusals: readonly Refusal[] = ['queue-full', 'concurrency-limit', 'time-out', 'cancelled'];

/** Seconds. */
export const waitBuckets: readonly number[] = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
export const executionBuckets: readonly number[] = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

/** Counts of one histogram: a few instructions an observation, where a metrics library would look its labels up. */
export class Buckets {
  readonly bounds: readonly number[];
  /** One more than bounds: the last are those beyond. */
  readonly counts: number[];
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > (this.bounds[at] ?? 0)) at++;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += value;
  }
}

/** What happened to the requests of one schema at one level. */
export class FlowStats {
  readonly level: string;
  readonly schema: string;
  dispatched = 0;
  waiting = 0;
  executing = 0;
  executingSeats = 0;
  readonly refused: Record<Refusal, number> = {
    'queue-full': 0,
    'concurrency-limit': 0,
    'time-out': 0,
    cancelled: 0,
  };
  readonly waitedAndRan = new Buckets(waitBuckets);
  readonly waitedInVain = new Buckets(waitBuckets);
  readonly ran = new Buckets(executionBuckets);

  constructor(level: string, schema: string) {
    this.level = level;
    this.schema = schema;
  }

  get isIdle(): boolean {
    return this.waiting === 0 && this.executing === 0;
  }
}
