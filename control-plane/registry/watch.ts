import { expired } from '../../lib/kube/status-errors.ts';
import type { CacheEvent } from './cache-entry.ts';
import { ConvertedFeed } from './converted-feed.ts';
import { parseRevision, waitForRevision } from './list.ts';
import type { Registry, Resource } from './registry.ts';
import { parseSelection, type Selection, type SelectionOptions } from './selection.ts';
import { tell, type ObjectWatch, type WatchSink } from './watch-sink.ts';

export interface WatchRequest extends SelectionOptions {
  readonly resourceVersion?: string | undefined;
  /** First everything there is as `ADDED`, then a bookmark that says so, then the changes. */
  readonly sendInitialEvents?: boolean | undefined;
}

/**
 * Starts telling `sink`. With no or the `0` resource version, what there is comes first as `ADDED`. Throws 410 when the past is no longer held.
 */
export async function watchObjects(
  registry: Registry,
  resource: Resource,
  request: WatchRequest,
  sink: WatchSink,
): Promise<ObjectWatch> {
  const selection = parseSelection(resource.definition, request);
  const given = request.resourceVersion ?? '';
  if (given !== '' && given !== '0') await waitUntilShown(registry, parseRevision(given));
  if (resource.conversion) {
    const feed = new ConvertedFeed({ conversion: resource.conversion, selection, sink, registry });
    const everything = parseSelection(resource.definition, { namespace: request.namespace });
    const end = begin(registry, resource, request, everything, feed);
    return feed.started(end);
  }
  const stop = begin(registry, resource, request, selection, sink);
  return {
    get revision() {
      return registry.revision;
    },
    stop,
  };
}

function begin(
  registry: Registry,
  resource: Resource,
  request: WatchRequest,
  selection: Selection,
  sink: WatchSink,
): () => void {
  const given = request.resourceVersion ?? '';
  const listener = (event: CacheEvent) => tell(selection, event, sink);
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
