import type { CacheEntry, CacheEvent, CacheEventType } from './cache-entry.ts';
import type { Selection } from './selection.ts';

/** What a watcher is told. Calls are synchronous and in order. */
export interface WatchSink {
  /** `event` is given when the type is the event's own: then its shared line can be sent. */
  event(type: CacheEventType, entry: CacheEntry, event: CacheEvent | undefined): void;
  /** The end of the initial events, at a revision. */
  initialEventsEnd(revision: number): void;
  /** Nothing more will come: objects could not be shown. Not called where nothing is converted. */
  failed(error: unknown): void;
}

/** A watch that goes on until it is stopped. */
export interface ObjectWatch {
  /** Everything up to here was told. */
  readonly revision: number;
  stop(): void;
}

/** An object that begins or ceases to match is added or deleted in the eyes of this watcher; deleted as it was when it matched. */
export function tell(selection: Selection, event: CacheEvent, sink: WatchSink): void {
  const { type, entry, previous } = event;
  if (selection.isEverything && selection.namespace === undefined) {
    sink.event(type, entry, event);
    return;
  }
  const matches = selection.matches(entry.object);
  if (type === 'ADDED') {
    if (matches) sink.event('ADDED', entry, event);
    return;
  }
  const matched = previous !== undefined && selection.matches(previous.object);
  if (type === 'DELETED') {
    if (matched) sink.event('DELETED', entry, event);
  } else if (matches) {
    if (matched) sink.event('MODIFIED', entry, event);
    else sink.event('ADDED', entry, undefined);
  } else if (matched) sink.event('DELETED', previous.under(event.revision), undefined);
}
