import type { Clock } from '../lib/clock.ts';
import type { Component } from '../lib/component.ts';
import type { Logger } from '../lib/log.ts';
import { messageOf } from '../lib/errors.ts';
import { Batch, MAX_BATCH_BYTES } from './buffer/batch.ts';
import { newCounters, type ShipperCounters } from './figures.ts';
import { deadLetterItem } from './sinks/dead-letters.ts';
import type { BatchOutcome, RefusedItem, Sink } from './sinks/sink.ts';
import { documentId, SourceOutcomes } from './source-outcomes.ts';
import type { Tail } from './source/tail.ts';

/** Bulk requests under way at once: one is being stored while the next is on its way and a third is filled. */
const MAX_IN_FLIGHT = 3;
/** While requests are under way, a batch waits for company until it has this size; with none under way it goes at once. */
const WORTH_SENDING_BYTES = 256 * 1024;
/** Refused documents of one batch that are told in the log; all are in the dead-letter stream. */
const MAX_REFUSALS_LOGGED = 10;
/** Reading goes on for this long before other events get their turn. */
const SLICE_MS = 10;

export interface PipelineOptions {
  readonly clusterName: string;
  readonly sink: Sink;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after something was acknowledged, with the sources it came from. */
  readonly acknowledged: (tails: readonly Tail[]) => void;
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
    for (const tail of batch.contributions.keys()) {
      const position = tail.position();
      if (position) tail.progress.sent(batch, position);
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
      if (outcome.refused.length > 0) await this.#sendDeadLetters(outcome.refused);
      this.#count(batch, outcome);
      const tails = [...batch.contributions.keys()];
      for (const [tail, lines] of batch.contributions) tail.acknowledged(batch, lines);
      this.#release(batch);
      this.#options.acknowledged(tails);
    } catch (error) {
      this.#inFlight.delete(batch);
      if (!this.#abort.signal.aborted)
        log.error({ err: error, reason: messageOf(error) }, 'batch could not be sent; a restart sends it again');
    }
    this.#schedule();
  }

  #count(batch: Batch, outcome: BatchOutcome): void {
    const { duplicates, refused, rejected, retries } = outcome;
    const { counters } = this;
    counters.batches++;
    counters.bytes += batch.length;
    counters.acknowledged += batch.count - refused.length - rejected;
    counters.duplicates += duplicates;
    counters.refused += refused.length;
    counters.rejected += rejected;
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

  /** What is refused whole is tried once more with less of the original; what is refused then is lost. */
  async #sendDeadLetters(refused: readonly RefusedItem[]): Promise<void> {
    const { log } = this.#options;
    for (const { status, type, reason } of refused.slice(0, MAX_REFUSALS_LOGGED)) {
      log.warn({ status, type, reason }, 'output refused a document');
    }
    let left = refused;
    for (const cut of [false, true]) {
      const letters = this.#deadLetters(left, cut);
      const outcome = await this.#options.sink.send(letters, this.#abort.signal);
      const again = new Set(outcome.refused.map((item) => documentId(item.item).toString('latin1')));
      left = left.filter((item) => again.has(documentId(item.item).toString('latin1')));
      if (left.length === 0) return;
      log.warn({ count: left.length, reason: outcome.refused[0]?.reason }, 'output refused dead letters');
    }
    this.counters.deadLettersLost += left.length;
    log.error({ count: left.length }, 'dead letters were refused too: these lines are lost');
  }

  #deadLetters(refused: readonly RefusedItem[], cut: boolean): Batch {
    const { clock, clusterName } = this.#options;
    const letters = new Batch();
    for (const item of refused) {
      const letter = deadLetterItem(item, clock.now(), clusterName, cut);
      letters.beginItem(letter.length);
      letters.length += letter.copy(letters.bytes, letters.length);
    }
    return letters;
  }
}
