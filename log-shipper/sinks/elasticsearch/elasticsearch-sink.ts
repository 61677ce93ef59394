import type { Clock } from '../../../lib/clock.ts';
import type { LogShipperConfig } from '../../../lib/config/log-shipper.ts';
import { messageOf } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Batch } from '../../buffer/batch.ts';
import type { BatchOutcome, RefusedItem, Sink } from '../sink.ts';
import { judgeBulk } from './bulk-verdict.ts';
import { HttpClient } from './http-client.ts';
import { installTemplates } from './templates.ts';

const BULK_PATH =
  '/_bulk?filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason';
const FIRST_DELAY_MS = 50;
/** The longest pause between two attempts: a store that comes back is noticed within this time. */
const MAX_DELAY_MS = 5_000;

/** Ships to Elasticsearch, OpenSearch and the embedded store with `_bulk` and `create`: what is already there is not stored again. */
export class ElasticsearchSink implements Sink {
  readonly name: string;
  lastError: string | undefined;
  readonly #client: HttpClient;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #random: () => number;
  #ready: Promise<void> | undefined;

  constructor(output: LogShipperConfig['output'], clock: Clock, log: Logger, random: () => number) {
    this.name = output.kind;
    this.#client = new HttpClient(output);
    this.#clock = clock;
    this.#log = log;
    this.#random = random;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<BatchOutcome> {
    await this.#prepare(signal);
    const outcome = { duplicates: 0, retried: 0, refused: [] as RefusedItem[] };
    await this.#sendItems(batch, undefined, outcome, signal);
    return outcome;
  }

  close(): void {
    this.#client.close();
  }

  /** Sends some items of a batch (all when `undefined`) until none is left. */
  async #sendItems(
    batch: Batch,
    first: readonly number[] | undefined,
    outcome: { duplicates: number; retried: number; refused: RefusedItem[] },
    signal: AbortSignal,
  ): Promise<void> {
    let items = first;
    for (let attempt = 0; items === undefined || items.length > 0; attempt++) {
      if (attempt > 0) await this.#pause(attempt, signal);
      const count = items?.length ?? batch.count;
      const body = items === undefined ? batch.body : Buffer.concat(items.map((n) => batch.item(n)));
      const verdict = await this.#attempt(body, count, signal);
      if (verdict.kind === 'stored') return;
      if (verdict.kind === 'retry') {
        outcome.retried += count;
        this.#failed(verdict.reason);
        continue;
      }
      if (verdict.kind === 'split') {
        const all = items ?? batch.allItems();
        const [only] = all;
        if (all.length === 1 && only !== undefined) {
          outcome.refused.push({
            item: Buffer.from(batch.item(only)),
            status: verdict.status,
            type: 'request_refused',
            reason: verdict.reason,
          });
          return;
        }
        const half = Math.ceil(all.length / 2);
        await this.#sendItems(batch, all.slice(0, half), outcome, signal);
        items = all.slice(half);
        attempt = -1;
        continue;
      }
      const again: number[] = [];
      let reason = '';
      verdict.items.forEach((item, n) => {
        const number = items === undefined ? n : (items[n] ?? 0);
        if (item.kind === 'duplicate') outcome.duplicates++;
        else if (item.kind === 'retry') {
          again.push(number);
          reason = item.reason;
        } else if (item.kind === 'refused') {
          outcome.refused.push({
            item: Buffer.from(batch.item(number)),
            status: item.status,
            type: item.type,
            reason: item.reason,
          });
        }
      });
      if (again.length > 0) this.#failed(reason);
      outcome.retried += again.length;
      // Progress starts the back-off anew: the store takes some, so it is worth asking soon.
      if (again.length < count) attempt = 0;
      items = again;
    }
  }

  async #attempt(body: Buffer, count: number, signal: AbortSignal): Promise<ReturnType<typeof judgeBulk>> {
    try {
      const answer = await this.#client.request('POST', BULK_PATH, body, 'application/x-ndjson', signal);
      const verdict = judgeBulk(answer.status, answer.body, count);
      if (verdict.kind === 'stored') this.lastError = undefined;
      return verdict;
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'retry', reason: messageOf(error) };
    }
  }

  /** Installs templates before the first document, so that no field gets a guessed type. Waits as long as the store is away. */
  #prepare(signal: AbortSignal): Promise<void> {
    this.#ready ??= this.#install(signal).catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #install(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0) await this.#pause(attempt, signal);
      try {
        const what = await installTemplates(this.#client, signal);
        this.#log.info({ ...what }, 'store is ready for documents');
        this.lastError = undefined;
        return;
      } catch (error) {
        signal.throwIfAborted();
        this.#failed(messageOf(error));
      }
    }
  }

  #failed(reason: string): void {
    if (this.lastError === undefined) this.#log.warn({ reason }, 'store does not take documents, will try again');
    this.lastError = reason;
  }

  #pause(attempt: number, signal: AbortSignal): Promise<void> {
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), MAX_DELAY_MS);
    return this.#clock.sleep(delayMs * (0.5 + this.#random() / 2), signal);
  }
}
