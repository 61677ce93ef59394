import type { Batch } from '../buffer/batch.ts';

/** An item that the store refused for good, and why. */
export interface RefusedItem {
  /** Action line and document as sent. */
  readonly item: Buffer;
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

/** What happened to a batch that was sent until every item was stored or refused. */
export interface BatchOutcome {
  /** Items that were stored before. */
  readonly duplicates: number;
  readonly refused: readonly RefusedItem[];
  /** Items that had to be sent more than once. */
  readonly retried: number;
}

/** Where batches go. */
export interface Sink {
  readonly name: string;
  /** Resolves when every item is stored or refused for good, however long that takes; rejects only when `signal` aborts. */
  send(batch: Batch, signal: AbortSignal): Promise<BatchOutcome>;
  /** Why the last attempt failed; empty when it did not. */
  readonly lastError: string | undefined;
  close(): void;
}
