import { logRecordId } from '../lib/log-position.ts';
import type { Batch } from './buffer/batch.ts';
import type { RefusedItem } from './sinks/sink.ts';

const QUOTE = 0x22;
const DASH = 0x2d;
const idKey = Buffer.from('"_id":"');
/** Sources that something happened to; beyond, only sums are kept. */
const MAX_SOURCES = 10_000;

/** What happened to lines of one source on their way. */
export interface SourceOutcome {
  readonly retried: number;
  readonly refused: number;
}

const nothing: SourceOutcome = { retried: 0, refused: 0 };

/** Which containers' lines were sent again or refused: told by the ids of documents, so that the usual case costs nothing. */
export class SourceOutcomes {
  readonly #bySource = new Map<string, SourceOutcome>();

  of(containerId: string): SourceOutcome {
    return this.#bySource.get(idStart(containerId)) ?? nothing;
  }

  retried(batch: Batch, retries: Uint32Array): void {
    retries.forEach((times, n) => {
      if (times > 0) this.#add(batch.item(n), times, 0);
    });
  }

  refused(items: readonly RefusedItem[]): void {
    for (const { item } of items) this.#add(item, 0, 1);
  }

  forget(containerId: string): void {
    this.#bySource.delete(idStart(containerId));
  }

  #add(item: Buffer, retried: number, refused: number): void {
    const id = documentId(item);
    const key = id.toString('latin1', 0, Math.max(0, id.indexOf(DASH)));
    const known = this.#bySource.get(key) ?? nothing;
    if (known === nothing && this.#bySource.size >= MAX_SOURCES) return;
    this.#bySource.set(key, { retried: known.retried + retried, refused: known.refused + refused });
  }
}

/** `_id` of a bulk item. */
function documentId(item: Buffer): Buffer {
  const start = item.indexOf(idKey) + idKey.length;
  return item.subarray(start, item.indexOf(QUOTE, start));
}

/** What the ids of a container's lines begin with. */
function idStart(containerId: string): string {
  return logRecordId(containerId, { rotation: '', offset: 0 }).slice(0, -'--0'.length);
}
