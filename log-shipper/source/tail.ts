import type { Batch } from '../buffer/batch.ts';
import type { Position, Progress } from '../buffer/position.ts';

/** What reading one chunk of a source came to. */
export type ReadResult =
  /** There may be more. */
  | 'more'
  /** At the end for now. */
  | 'idle'
  /** The batch is full; the line that did not fit was not taken. */
  | 'full';

/** A source of documents that is read piece by piece into batches. */
export interface Tail {
  /** Key of its checkpoint. */
  readonly key: string;
  readonly progress: Progress;
  read(batch: Batch): ReadResult;
  /** Everything before this is in batches (or deliberately dropped). */
  position(): Position | undefined;
  /** Cheap look whether `read` would find something. */
  hasNews(): boolean;
  /** Bytes that were not read yet. */
  backlogBytes(): number;
  /** A batch that this source contributed to is stored. */
  acknowledged(batch: Batch, lines: number): void;
  close(): void;
}
