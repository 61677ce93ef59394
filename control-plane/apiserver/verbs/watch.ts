import { KubeApiError } from '../../../lib/kube/client.ts';
import { badRequest } from '../../../lib/kube/status-errors.ts';
import type { Registry } from '../../registry/registry.ts';
import { watchObjects } from '../../registry/watch.ts';
import type { Exchange } from '../exchange.ts';
import { PacedStream } from '../paced-stream.ts';
import { isTrue, type ResourceRequest } from '../request-info.ts';
import type { ServedKind } from '../served-kind.ts';
import { encoded, WatchEncoder } from '../watch-encoder.ts';
import { includeObjectOf, listRequest } from './read.ts';

/** A watch without `timeoutSeconds` ends after half an hour to an hour, as upstream's. */
const DEFAULT_TIMEOUT_MS = 30 * 60_000;
const MAX_TIMEOUT_MS = 60 * 60_000;
/** How often a watch that asked for bookmarks is told how far it has come. */
const BOOKMARK_MS = 60_000;

/** Streams changes, one JSON object a line, until the client goes, falls too far behind, or the time is up. */
export async function watchCollection(
  registry: Registry,
  kind: ServedKind,
  exchange: Exchange<ResourceRequest>,
): Promise<void> {
  const { query, reply } = exchange;
  const representation = exchange.representation();
  const sendInitialEvents = query.get('sendInitialEvents');
  const allowsBookmarks = isTrue(query.get('allowWatchBookmarks'));
  checkInitialEvents(sendInitialEvents, query, allowsBookmarks);
  const request = {
    ...listRequest(exchange),
    // A watch of one object by its path is a watch of its name.
    fieldSelector:
      exchange.info.name === undefined
        ? (query.get('fieldSelector') ?? undefined)
        : `metadata.name=${exchange.info.name}`,
    sendInitialEvents: sendInitialEvents === null ? undefined : isTrue(sendInitialEvents),
  };
  const encoder = new WatchEncoder(registry, kind, representation, includeObjectOf(query));
  const cancels: (() => void)[] = [];
  const end = () => {
    for (const cancel of cancels.splice(0)) cancel();
    stream.end();
  };
  // Until the head is out, events wait: a refusal still has to be an ordinary answer.
  const stream = new PacedStream(reply.raw, end);
  const bookmark = (revision: number, isEndOfInitialEvents: boolean) =>
    stream.push(() => encoder.bookmark(revision, isEndOfInitialEvents), 0);
  try {
    const stop = await watchObjects(registry, kind.resource, request, {
      event: (type, entry, event) => stream.push(() => encoder.event(type, entry, event), entry.bytes.length),
      initialEventsEnd: (revision) => bookmark(revision, true),
    });
    cancels.push(stop, kind.resource.cache.onEnd(end));
  } catch (error) {
    // A revision that is gone is said inside the stream, where clients look for it.
    if (!(error instanceof KubeApiError) || error.httpStatus !== 410) throw error;
    const { status } = error;
    stream.push(() => encoded('ERROR', status), 0);
    writeHead(exchange);
    stream.open();
    stream.end();
    return;
  }
  cancels.push(registry.clock.after(timeoutMs(query.get('timeoutSeconds')), end));
  reply.raw.once('close', end);
  // The client may have gone while the revision was waited for.
  if (reply.raw.destroyed) {
    end();
    return;
  }
  writeHead(exchange);
  stream.open();
  if (allowsBookmarks) cancels.push(everyMinute(registry, () => bookmark(registry.revision, false)));
  exchange.request.server.watches?.add(end);
  cancels.push(() => exchange.request.server.watches?.delete(end));
}

function writeHead({ reply }: Exchange<ResourceRequest>): void {
  reply.hijack();
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'application/json',
    'cache-control': 'no-cache, private',
  });
  reply.raw.flushHeaders();
}

function checkInitialEvents(given: string | null, query: URLSearchParams, allowsBookmarks: boolean): void {
  if (given === null) return;
  if (isTrue(given) && !allowsBookmarks) {
    throw badRequest('sendInitialEvents: Forbidden: sendInitialEvents requires setting allowWatchBookmarks to true');
  }
  if (query.get('resourceVersionMatch') !== 'NotOlderThan') {
    throw badRequest(
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  }
}

function timeoutMs(text: string | null): number {
  const seconds = Number(text ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, MAX_TIMEOUT_MS) : DEFAULT_TIMEOUT_MS;
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
