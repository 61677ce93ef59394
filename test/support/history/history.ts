/** What a client tried and what it was told. Times are milliseconds of one clock. */
interface Request {
  readonly client: string;
  readonly name: string;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** One write. `value` is unlike that of every other attempt, so that its event can be told from all others. */
export interface Attempt extends Request {
  readonly kind: 'create' | 'update' | 'delete';
  /** The revision that the writer had read and named as its condition; absent for a create. */
  readonly base?: number | undefined;
  /** Absent for a delete. */
  readonly value?: string | undefined;
  /** `unknown`: no answer came, so it may have happened or not. */
  readonly outcome: 'acknowledged' | 'refused' | 'unknown';
  /** Of an acknowledged create or update. */
  readonly revision?: number | undefined;
}

/** One read; without `revision` there was no such object. */
export interface Read extends Request {
  readonly revision?: number | undefined;
  readonly value?: string | undefined;
}

export interface SeenEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly name: string;
  readonly uid: string;
  readonly revision: number;
  readonly value: string;
  /** Of the labels. */
  readonly color: string;
}

/** What a watcher saw from one list or start until it had to list again: every change after `after` up to and with `upTo`. */
export interface Span {
  readonly after: number;
  readonly upTo: number;
  readonly events: readonly SeenEvent[];
}

export interface SeenState {
  readonly name: string;
  readonly revision: number;
  readonly value: string;
}

/** What everybody did and saw, from an empty collection to the end. */
export interface History {
  readonly attempts: readonly Attempt[];
  readonly reads: readonly Read[];
  /** Of watchers of everything, by their names. */
  readonly watchers: Readonly<Record<string, readonly Span[]>>;
  /** Of watchers that select one color. Only where some watcher of everything has a single span. */
  readonly selecting: readonly { readonly color: string; readonly events: readonly SeenEvent[] }[];
  /** The list at the end. */
  readonly final: readonly SeenState[];
}
