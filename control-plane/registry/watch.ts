import { expired } from '../../lib/kube/status-errors.ts';
import type { CacheEntry, CacheEvent, CacheEventType } from './cache-entry.ts';
import { parseRevision, waitForRevision } from './list.ts';
import type { Registry, Resource } from './registry.ts';
import { parseSelection, type Selection, type SelectionOptions } from './selection.ts';

export interface WatchRequest extends SelectionOptions {
  readonly resourceVersion?: string | undefined;
  /** First everything there is as `ADDED`, then a bookmark that says so, then the changes. */
  readonly sendInitialEvents?: boolean | undefined;
}

/** What a watcher is told. Calls are synchronous and in order. */
export interface WatchSink {
  /** `event` is given when the type is the event's own: then its shared line can be sent. */
  event(type: CacheEventType, entry: CacheEntry, event: CacheEvent | undefined): void;
  /** The end of the initial events, at a revision. */
  initialEventsEnd(revision: number): void;
}

/**
 * Starts telling `sink`. With no or the `0` resource version, what there is comes first as `ADDED`. Throws 410 when the past is no longer held.
 * The returned function ends it.
 */
export async function watchObjects(
  registry: Registry,
  resource: Resource,
  request: WatchRequest,
  sink: WatchSink,
): Promise<() => void> {
  const selection = parseSelection(resource.definition, request);
  const listener = (event: CacheEvent) => tell(selection, event, sink);
  const given = request.resourceVersion ?? '';
  if (given !== '' && given !== '0') await waitUntilShown(registry, parseRevision(given));
  if (request.sendInitialEvents === true || ((given === '' || given === '0') && request.sendInitialEvents !== false)) {
    for (const entry of resource.cache.select(selection)) sink.event('ADDED', entry, undefined);
    if (request.sendInitialEvents === true) sink.initialEventsEnd(registry.revision);
    return resource.cache.follow(listener);
  }
  return given === '' || given === '0'
    ? resource.cache.follow(listener)
    : resource.cache.watch(parseRevision(given), listener);
}

/** A revision that never comes is of another history, a store that was put back for instance: its client has to list again. */
async function waitUntilShown(registry: Registry, revision: number): Promise<void> {
  try {
    await waitForRevision(registry, revision);
  } catch {
    throw expired(`resource version ${revision} is not of this store, whose last is ${registry.revision}`);
  }
}

/** An object that begins or ceases to match is added or deleted in the eyes of this watcher; deleted as it was when it matched. */
function tell(selection: Selection, event: CacheEvent, sink: WatchSink): void {
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
