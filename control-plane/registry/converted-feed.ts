import { expired } from '../../lib/kube/status-errors.ts';
import { CacheEvent, type CacheEntry, type CacheEventType } from './cache-entry.ts';
import type { Conversion } from './conversion.ts';
import type { Registry } from './registry.ts';
import type { Selection } from './selection.ts';
import { tell, type ObjectWatch, type WatchSink } from './watch-sink.ts';

/** Changes that wait for a conversion. A watcher that falls further behind is ended and begins anew. */
const MAX_WAITING = 16_384;

interface Waiting {
  readonly entry: CacheEntry;
  /** Absent for what was there when the watch began. */
  readonly event: CacheEvent | undefined;
}

/** Tells a watcher of one version what happens to objects that are stored in another: in order, and all that wait are converted in one batch. */
export class ConvertedFeed implements WatchSink, ObjectWatch {
  readonly #conversion: Conversion;
  readonly #selection: Selection;
  readonly #sink: WatchSink;
  readonly #registry: Registry;
  #waiting: Waiting[] = [];
  #initialEnd: number | undefined;
  #toldRevision = 0;
  #isStarted = false;
  #isConverting = false;
  #isOver = false;
  #unfollow: () => void = () => {};

  constructor(options: {
    readonly conversion: Conversion;
    readonly selection: Selection;
    readonly sink: WatchSink;
    readonly registry: Registry;
  }) {
    this.#conversion = options.conversion;
    this.#selection = options.selection;
    this.#sink = options.sink;
    this.#registry = options.registry;
  }

  get revision(): number {
    return this.#isConverting ? this.#toldRevision : this.#registry.revision;
  }

  event(_type: CacheEventType, entry: CacheEntry, event: CacheEvent | undefined): void {
    if (this.#isOver) return;
    if (event && this.#waiting.length >= MAX_WAITING) {
      this.failed(expired('too many changes waited for their conversion'));
      return;
    }
    this.#waiting.push({ entry, event });
    this.#wake();
  }

  initialEventsEnd(revision: number): void {
    this.#initialEnd = revision;
  }

  failed(error: unknown): void {
    if (this.#isOver) return;
    this.stop();
    this.#sink.failed(error);
  }

  stop(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#unfollow();
  }

  /** Resolves when what was there at the beginning was told. Rejects when that could not be converted. `unfollow` is called when the watch ends. */
  async started(unfollow: () => void): Promise<ObjectWatch> {
    this.#unfollow = unfollow;
    this.#toldRevision = this.#registry.revision;
    try {
      await this.#drain();
    } catch (error) {
      this.stop();
      throw error;
    }
    if (this.#initialEnd !== undefined) this.#sink.initialEventsEnd(this.#initialEnd);
    this.#isStarted = true;
    this.#wake();
    return this;
  }

  #wake(): void {
    if (!this.#isStarted || this.#isConverting || this.#waiting.length === 0) return;
    this.#isConverting = true;
    this.#drain().then(
      () => {
        this.#isConverting = false;
      },
      (error: unknown) => this.failed(error),
    );
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const shown = await this.#shown(batch);
      for (const [at, { event }] of batch.entries()) {
        if (this.#isOver) return;
        this.#tell(event, shown[at]);
        if (event) this.#toldRevision = event.revision;
      }
    }
  }

  /** Of each the state after, and the state before where it matters. What is gone is converted as it last was. */
  async #shown(batch: readonly Waiting[]): Promise<readonly Pair[]> {
    const needed = batch.map(({ entry, event }): Pair => {
      if (event?.type === 'DELETED') return { after: undefined, before: event.previous ?? entry };
      return { after: entry, before: this.#selection.isEverything ? undefined : event?.previous };
    });
    const states = needed.flatMap(({ after, before }) => [after, before]).filter((one) => one !== undefined);
    const converted = (await this.#conversion.shown(states)).values();
    const next = (state: CacheEntry | undefined) => state && converted.next().value;
    return needed.map(({ after, before }) => ({ after: next(after), before: next(before) }));
  }

  #tell(event: CacheEvent | undefined, { after, before }: Pair = { after: undefined, before: undefined }): void {
    if (!event) {
      if (after && this.#selection.matches(after.object)) this.#sink.event('ADDED', after, undefined);
      return;
    }
    const entry = after ?? before?.under(event.revision);
    if (entry) tell(this.#selection, new CacheEvent(event.type, entry, before), this.#sink);
  }
}

interface Pair {
  readonly after: CacheEntry | undefined;
  readonly before: CacheEntry | undefined;
}
