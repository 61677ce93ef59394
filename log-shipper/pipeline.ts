import type { Clock } from '../lib/clock.ts';
import type { Component } from '../lib/component.ts';
import type { Logger } from '../lib/log.ts';
import { messageOf } from '../lib/errors.ts';
import { Batch, MAX_BATCH_BYTES, type Contributor } from './buffer/batch.ts';
import { newCounters, type ShipperCounters } from './figures.ts';
import type { BatchOutcome, Sink } from './sinks/sink.ts';
import { SourceOutcomes } from './source-outcomes.ts';
import type { Tail } from './source/tail.ts';

/** Bulk requests under way at once: one is being stored while the next is on its way and a third is filled. */
const MAX_IN_FLIGHT = 3;
/** While requests are under way, a batch waits for company until it has this size; with none under way it goes at once. */
const WORTH_SENDING_BYTES = 256 * 1024;
/** Reading goes on for this long before other events get their turn. */
const SLICE_MS = 10;

export interface PipelineOptions {
  readonly sink: Sink;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after something was acknowledged, with the sources it came from. */
  readonly acknowledged: (sources: readonly Contributor[]) => void;
}

/**
 * Reads sources into batches and sends them. A lone line goes out at once; while requests are under way lines gather, so batches grow with load. When
 * `MAX_IN_FLIGHT` batches wait, reading stops: then the files are the buffer.
 */
export class Pipeline implements Component {
  readonly name = 'log-pipeline';
  readonly counters: ShipperCounters = newCounters();
  readonly outcomes = new SourceOutcomes();
  /** Why the last document was refused. */
  lastRefusal: string | undefined;
  readonly #options: PipelineOptions;
  readonly #tails = new Set<Tail>();
  /** Sources with something to read, in the order they asked. */
  readonly #ready = new Set<Tail>();
  readonly #spare: Batch[] = [];
  readonly #inFlight = new Set<Batch>();
  readonly #abort = new AbortController();
  #batch = new Batch();
  #scheduled = false;
  #stopped = false;

  constructor(options: PipelineOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  /** Gives requests under way until the deadline to be answered; what is not acknowledged is sent again by the next run. */
  async stop(deadline: AbortSignal): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    if (!deadline.aborted && this.#inFlight.size > 0) {
      await Promise.race([
        Promise.all(this.#sending),
        new Promise<void>((resolve) => deadline.addEventListener('abort', () => resolve(), { once: true })),
        this.#options.clock.sleep(2_000),
      ]);
    }
    this.#abort.abort(new Error('the shipper stops'));
    await Promise.all(this.#sending);
    this.#options.sink.close();
  }

  readonly #sending = new Set<Promise<void>>();

  add(tail: Tail): void {
    this.#tails.add(tail);
    this.wake(tail);
  }

  remove(tail: Tail): void {
    this.#tails.delete(tail);
    this.#ready.delete(tail);
    this.outcomes.forget(tail.key);
  }

  /** The source may have something to read. Cheap; may be called at every event. */
  wake(tail: Tail): void {
    if (!this.#tails.has(tail)) return;
    this.#ready.add(tail);
    this.#schedule();
  }

  /** Nothing is read and not acknowledged, and no source has anything to read. */
  get idle(): boolean {
    return this.#inFlight.size === 0 && this.#batch.count === 0 && this.#ready.size === 0;
  }

  /** When the oldest unacknowledged line was read (monotonic milliseconds); `undefined` when there is none. */
  get oldestUnacknowledgedMs(): number | undefined {
    const opened = [...this.#inFlight, this.#batch].filter((batch) => batch.count > 0).map((batch) => batch.openedMs);
    return opened.length > 0 ? Math.min(...opened) : undefined;
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  /** Reads what there is, at most for one slice, and sends what is worth sending. */
  #pump(): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    while (this.#ready.size > 0 && this.#canFill()) {
      const [tail] = this.#ready;
      if (!tail) break;
      this.#readOnce(tail);
      if (clock.monotonicMs() - startMs > SLICE_MS) break;
    }
    if (this.#batch.count > 0 && (this.#inFlight.size === 0 || this.#batch.length >= WORTH_SENDING_BYTES)) this.#seal();
    if (this.#ready.size > 0 && this.#canFill()) this.#schedule();
  }

  #canFill(): boolean {
    return this.#batch.length < MAX_BATCH_BYTES || this.#inFlight.size < MAX_IN_FLIGHT;
  }

  #readOnce(tail: Tail): void {
    try {
      if (this.#batch.count === 0) this.#batch.openedMs = this.#options.clock.monotonicMs();
      const result = tail.read(this.#batch);
      this.#ready.delete(tail);
      // Sources take turns, so that one that never ends does not keep the others waiting.
      if (result !== 'idle') this.#ready.add(tail);
      if (result === 'full' || this.#batch.full) this.#seal();
    } catch (error) {
      this.#ready.delete(tail);
      this.#options.log.error({ err: error, source: tail.key }, 'log source cannot be read');
    }
  }

  /** Closes the batch and sends it, when there is a place; else it stays as it is. */
  #seal(): void {
    if (this.#inFlight.size >= MAX_IN_FLIGHT || this.#batch.count === 0) return;
    const batch = this.#batch;
    this.#batch = this.#spare.pop() ?? new Batch();
    for (const source of batch.contributions.keys()) {
      const position = source.position();
      if (position) source.progress.sent(batch, position);
    }
    this.#inFlight.add(batch);
    const sending = this.#send(batch).finally(() => {
      this.#sending.delete(sending);
    });
    this.#sending.add(sending);
  }

  async #send(batch: Batch): Promise<void> {
    const { sink, log } = this.#options;
    try {
      const outcome = await sink.send(batch, this.#abort.signal);
      this.#count(batch, outcome);
      const sources = [...batch.contributions.keys()];
      for (const [source, lines] of batch.contributions) source.acknowledged(batch, lines);
      this.#release(batch);
      this.#options.acknowledged(sources);
    } catch (error) {
      this.#inFlight.delete(batch);
      if (!this.#abort.signal.aborted)
        log.error({ err: error, reason: messageOf(error) }, 'batch could not be sent; a restart sends it again');
    }
    this.#schedule();
  }

  #count(batch: Batch, outcome: BatchOutcome): void {
    const { duplicates, refused, rejected, deadLettersLost, retries } = outcome;
    const { counters } = this;
    counters.batches++;
    counters.bytes += batch.length;
    counters.acknowledged += batch.count - refused.length - rejected;
    counters.duplicates += duplicates;
    counters.refused += refused.length;
    counters.rejected += rejected;
    counters.deadLettersLost += deadLettersLost;
    this.outcomes.refused(refused);
    this.lastRefusal = refused.at(-1)?.reason ?? this.lastRefusal;
    if (retries) {
      counters.retried += retries.reduce((total, times) => total + times, 0);
      this.outcomes.retried(batch, retries);
    }
  }

  #release(batch: Batch): void {
    this.#inFlight.delete(batch);
    // With nothing left to do, the memory that a burst took is given back.
    if (this.#inFlight.size === 0 && this.#ready.size === 0) this.#spare.length = 0;
    else if (this.#spare.length < MAX_IN_FLIGHT) {
      batch.reset();
      this.#spare.push(batch);
    }
  }
}
