import { KubeApiError } from '../../../lib/kube/client.ts';
import { parseFieldSelector } from '../../../lib/kube/field-selector.ts';
import { SelectorError } from '../../../lib/kube/label-selector.ts';
import { badRequest, internalError } from '../../../lib/kube/status-errors.ts';
import type { Registry } from '../../registry/registry.ts';
import { watchObjects } from '../../registry/watch.ts';
import type { ObjectWatch } from '../../registry/watch-sink.ts';
import type { Exchange } from '../exchange.ts';
import { negotiateStream, streamTypes } from '../negotiate.ts';
import { PacedStream } from '../paced-stream.ts';
import { isTrue, type ResourceRequest } from '../request-info.ts';
import type { ServedKind } from '../served-kind.ts';
import { WatchEncoder } from '../watch-encoder.ts';
import { includeObjectOf } from './answer.ts';
import { listRequest } from './read.ts';

/** A watch without `timeoutSeconds` ends after half an hour to an hour, as upstream's. */
const DEFAULT_TIMEOUT_MS = 30 * 60_000;
const MAX_TIMEOUT_MS = 60 * 60_000;
/** How often a watch that asked for bookmarks is told how far it has come. */
const BOOKMARK_MS = 60_000;

/** Streams changes, one JSON object a line or one frame of protobuf each, until the client goes, falls too far behind, or the time is up. */
export async function watchCollection(
  registry: Registry,
  kind: ServedKind,
  exchange: Exchange<ResourceRequest>,
): Promise<void> {
  const { query, response } = exchange;
  const representation = negotiateStream(exchange.request.headers.accept, exchange.isPretty, kind);
  const allowsBookmarks = isTrue(query.get('allowWatchBookmarks'));
  const asked = listRequest(kind, exchange);
  const request = { ...asked, fieldSelector: watchedFields(asked.fieldSelector, exchange.info.name) };
  const encoder = new WatchEncoder(registry, kind, representation, includeObjectOf(query));
  const cancels: (() => void)[] = [];
  const end = () => {
    for (const cancel of cancels.splice(0)) cancel();
    stream.end();
  };
  // Until the head is out, events wait: a refusal still has to be an ordinary answer.
  const stream = new PacedStream(response, end);
  const bookmark = (revision: number, isEndOfInitialEvents: boolean) =>
    stream.push(() => encoder.bookmark(revision, isEndOfInitialEvents), 0);
  let watching: ObjectWatch;
  try {
    watching = await watchObjects(registry, kind.resource, request, {
      event: (type, entry, event) => stream.push(() => encoder.event(type, entry, event), entry.sizeBytes),
      initialEventsEnd: (revision) => {
        if (allowsBookmarks) bookmark(revision, true);
      },
      failed: (error) => {
        const { status } = error instanceof KubeApiError ? error : internalError(error);
        stream.push(() => encoder.error(status), 0);
        end();
      },
    });
    cancels.push(() => watching.stop(), kind.resource.cache.onEnd(end));
  } catch (error) {
    // A revision that is gone is said inside the stream, where clients look for it.
    if (!(error instanceof KubeApiError) || error.httpStatus !== 410) throw error;
    const { status } = error;
    stream.push(() => encoder.error(status), 0);
    writeHead(exchange, streamTypes[representation.format]);
    stream.open();
    stream.end();
    return;
  }
  cancels.push(registry.clock.after(timeoutMs(asked.timeoutSeconds), end));
  response.once('close', end);
  // The client may have gone while the revision was waited for.
  if (response.destroyed) {
    end();
    return;
  }
  writeHead(exchange, streamTypes[representation.format]);
  stream.open();
  exchange.initialized();
  if (allowsBookmarks) cancels.push(everyMinute(registry, () => bookmark(watching.revision, false)));
  exchange.openStreams.add(end);
  cancels.push(() => exchange.openStreams.delete(end));
}

/** A watch of one object by its path is a watch of its name. Throws 400 for a selector that asks for another. */
function watchedFields(selector: string | undefined, name: string | undefined): string | undefined {
  if (name === undefined) return selector;
  const asked = nameIn(selector ?? '');
  if (asked !== undefined && asked !== name)
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  return asked === undefined && selector ? `${selector},metadata.name=${name}` : `metadata.name=${name}`;
}

function nameIn(selector: string): string | undefined {
  try {
    return parseFieldSelector(selector).exactValueOf('metadata.name');
  } catch (error) {
    throw error instanceof SelectorError ? badRequest(error.message) : error;
  }
}

function writeHead({ response }: Exchange<ResourceRequest>, contentType: string): void {
  response.writeHead(200, { 'content-type': contentType });
  response.flushHeaders();
}

function timeoutMs(seconds = 0): number {
  return seconds > 0 ? Math.min(seconds * 1000, MAX_TIMEOUT_MS) : DEFAULT_TIMEOUT_MS;
}

function everyMinute(registry: Registry, run: () => void): () => void {
  let cancel: () => void = () => {};
  const again = () => {
    cancel = registry.clock.after(BOOKMARK_MS, () => {
      run();
      again();
    });
  };
  again();
  return () => cancel();
}
