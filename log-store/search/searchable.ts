import type { Rows } from '../engine/rows.ts';
import type { Segment } from '../engine/segment.ts';
import type { IndexMapping } from '../mapping/index-mapping.ts';

/** What a search reads of an index. */
export interface Searchable {
  readonly name: string;
  readonly mapping: IndexMapping;
  readonly segments: readonly Segment[];
  /** Documents that are in no segment yet. */
  readonly hot: Rows;
  readonly deleted: ReadonlySet<number>;
  /** Documents from this sequence number on came after the point in time that is searched. */
  readonly beforeSeq: number;
  readonly defaultFields: readonly string[];
  /** The name that hits show. */
  readonly shownName: string;
}

export interface SearchClock {
  nowMs(): number;
  monotonicMs(): number;
  /** Lets other work run. Throws when nobody wants the answer any more. */
  yield(): Promise<void>;
}
