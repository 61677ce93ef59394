import type { Component } from '../../lib/component.ts';

/** A key as it was last written. `revision` is that of its last write. */
export interface StoredEntry {
  readonly key: string;
  readonly revision: number;
  readonly value: Uint8Array;
  /** Why the value cannot be read: it is encrypted, and `value` is what lies in the store. Names the key of the value and the key that it takes. */
  readonly problem?: string | undefined;
}

export interface StoredList {
  /** The state of the whole store that the entries show. A watch of the same prefix after it misses nothing and repeats nothing. */
  readonly revision: number;
  /** In the order of their keys. */
  readonly entries: readonly StoredEntry[];
}

/** One write: `value` is absent for a removal. A write of this process carries the very array that was written. */
export interface Change {
  readonly key: string;
  readonly revision: number;
  readonly value: Uint8Array | undefined;
  /** As of a `StoredEntry`. */
  readonly problem?: string | undefined;
}

export type WriteOutcome =
  | { readonly written: true; readonly revision: number }
  /** The key was not at the expected revision; 0 = it does not exist. */
  | { readonly written: false; readonly currentRevision: number };

export interface StoreWatcher {
  /** Changes in the order of their revisions. Called synchronously, before the write resolves for its writer. Must not throw. */
  changed(changes: readonly Change[]): void;
  /** Nothing further comes: list again. */
  gone(): void;
}

/**
 * Keys and values (JSON bytes) under one revision that every write increases.
 *
 * Promises:
 * 1. `write` is compare-and-swap on one key: it happens only if the key is at `expectedRevision` (0: does not exist). Each write that happens has a revision of its own, greater
 *    than all before.
 * 2. A write that resolved is there after the process was killed (not with the memory engine, which keeps nothing).
 * 3. What `get` and `list` show includes every write that resolved before they were called.
 * 4. A watch tells each change after `afterRevision` once and in order, or says `gone`: when that revision was compacted, or lies in the future.
 * 5. After `compact(revision)` watches may start at `revision` or later only. Engines compact by themselves beyond a bound.
 * 6. A write that rejects (disk full, closed) has not happened, or it is not known; it is never told to watchers before it is kept.
 */
export interface Store extends Component {
  /** Revision of the last write that was told to watchers. */
  readonly revision: number;
  get(key: string): Promise<StoredEntry | undefined>;
  list(prefix: string): Promise<StoredList>;
  /**
   * The revision of the last write of any process. Absent where no other process writes: then `revision` is that. Who has been told of it has seen all that anybody was
   * answered before this was called.
   */
  readonly head?: (() => Promise<number>) | undefined;
  /** `value` undefined removes the key. */
  write(key: string, value: Uint8Array | undefined, expectedRevision: number): Promise<WriteOutcome>;
  /** Ends when the returned function is called. */
  watch(prefix: string, afterRevision: number, watcher: StoreWatcher): () => void;
  compact(revision: number): void;
  /** Where values are encrypted on their way: the store beneath, which has them as they lie there. */
  readonly raw?: Store | undefined;
  /** Takes what was overwritten or removed off the disk, as far as the engine can. */
  wipe?(): Promise<void>;
}

/** Longer values are refused: the largest request body fits, with room for what the server adds. */
export const MAX_VALUE_BYTES = 4 * 1024 * 1024;
