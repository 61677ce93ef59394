import type { Batch, Contributor } from '../buffer/batch.ts';

/** What reading one chunk of a source came to. */
export type ReadResult =
  /** There may be more. */
  | 'more'
  /** At the end for now. */
  | 'idle'
  /** The batch is full; the line that did not fit was not taken. */
  | 'full';

/** A source of documents that is read piece by piece into batches. */
export interface Tail extends Contributor {
  read(batch: Batch): ReadResult;
  /** Cheap look whether `read` would find something. */
  hasNews(): boolean;
  /** Bytes that were not read yet. */
  backlogBytes(): number;
  close(): void;
}
