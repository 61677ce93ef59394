import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { Batch } from '../buffer/batch.ts';

/** An item that the output refused for good, and why. It is in the dead-letter stream. */
export interface RefusedItem {
  /** Action line and document as gathered. */
  readonly item: Buffer;
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

/** What happened to a batch that was sent until every item was taken or refused. */
export interface BatchOutcome {
  /** Items that the output had before. */
  readonly duplicates: number;
  readonly refused: readonly RefusedItem[];
  /** Items that the output rejected without saying which: they cannot be kept as dead letters. */
  readonly rejected: number;
  /** Refused items that the dead-letter stream refused too. */
  readonly deadLettersLost: number;
  /** How often each item was sent again; `undefined` when none was. */
  readonly retries: Uint32Array | undefined;
}

/** Where batches go. */
export interface Sink {
  /** Resolves when every item is taken or refused for good, however long that takes; rejects only when `signal` aborts. */
  send(batch: Batch, signal: AbortSignal): Promise<BatchOutcome>;
  /** Why the last attempt failed; `undefined` when it did not. */
  readonly lastError: string | undefined;
  close(): void;
}

/** What every sink is given. */
export interface SinkDeps {
  readonly clusterName: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** From 0 to 1, to spread retries. */
  readonly random: () => number;
  /** Told when the output can never take anything again. */
  readonly outputEnded: (reason: string) => void;
}
