import type { Batch } from '../../buffer/batch.ts';
import type { Verdict } from './verdict.ts';

/** How one kind of output is spoken to. */
export interface Protocol {
  /** The body of a request with these items, in this order; all of the batch when `undefined`. */
  encode(batch: Batch, items: readonly number[] | undefined): Buffer | Promise<Buffer>;
  /** One attempt at `count` items. Rejects when there was no answer. */
  attempt(body: Buffer, count: number, signal: AbortSignal): Promise<Attempt>;
}

export interface Attempt {
  readonly verdict: Verdict;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number | undefined;
}
