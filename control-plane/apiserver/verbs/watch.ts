import { KubeApiError } from '../../../lib/kube/client.ts';
import { badRequest } from '../../../lib/kube/status-errors.ts';
import { watchLine, type CacheEntry, type CacheEvent, type CacheEventType } from '../../registry/cache-entry.ts';
import type { Registry } from '../../registry/registry.ts';
import { watchObjects } from '../../registry/watch.ts';
import type { Representation } from '../content.ts';
import type { Exchange } from '../exchange.ts';
import { isTrue, type ResourceRequest } from '../request-info.ts';
import type { ServedKind } from '../served-kind.ts';
import { partialMetadata, tableOf } from '../table.ts';
import { includeObjectOf, listRequest } from './read.ts';

/** A watch without `timeoutSeconds` ends after half an hour to an hour, as upstream's. */
const DEFAULT_TIMEOUT_MS = 30 * 60_000;
const MAX_TIMEOUT_MS = 60 * 60_000;
/** Bytes that may wait for one slow client. Beyond it the watch is closed; the client continues from the last revision it saw. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
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
  const stream = new WatchStream(registry, kind, representation, exchange);
  const early: (() => void)[] = [];
  let stop: () => void;
  try {
    // Until the head is out, events wait: a refusal still has to be an ordinary answer.
    const sink = {
      event: (type: CacheEventType, entry: CacheEntry, event: CacheEvent | undefined) => {
        if (stream.isOpen) stream.event(type, entry, event);
        else early.push(() => stream.event(type, entry, event));
      },
      initialEventsEnd: (revision: number) => {
        if (stream.isOpen) stream.bookmark(revision, true);
        else early.push(() => stream.bookmark(revision, true));
      },
    };
    stop = await watchObjects(registry, kind.resource, request, sink);
  } catch (error) {
    // A revision that is gone is said inside the stream, where clients look for it.
    if (!(error instanceof KubeApiError) || error.httpStatus !== 410) throw error;
    stream.open();
    stream.error(error);
    stream.end();
    return;
  }
  const cancels: (() => void)[] = [stop];
  const end = () => {
    for (const cancel of cancels.splice(0)) cancel();
    stream.end();
  };
  cancels.push(registry.clock.after(timeoutMs(query.get('timeoutSeconds')), end));
  reply.raw.once('close', end);
  // The client may have gone while the revision was waited for.
  if (reply.raw.destroyed) {
    end();
    return;
  }
  stream.onOverflow = end;
  stream.open();
  for (const send of early) send();
  if (allowsBookmarks) cancels.push(everyMinute(registry, () => stream.bookmark(registry.revision, false)));
  exchange.request.server.watches?.add(end);
  cancels.push(() => exchange.request.server.watches?.delete(end));
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

/** The client's side of a watch: turns events into lines in the form that was asked for, and keeps count of what the socket has not taken. */
class WatchStream {
  readonly #registry: Registry;
  readonly #kind: ServedKind;
  readonly #representation: Representation;
  readonly #exchange: Exchange<ResourceRequest>;
  #hasSentColumns = false;
  isOpen = false;
  onOverflow: () => void = () => {};

  constructor(
    registry: Registry,
    kind: ServedKind,
    representation: Representation,
    exchange: Exchange<ResourceRequest>,
  ) {
    this.#registry = registry;
    this.#kind = kind;
    this.#representation = representation;
    this.#exchange = exchange;
  }

  open(): void {
    this.isOpen = true;
    this.#exchange.reply.hijack();
    const { raw } = this.#exchange.reply;
    raw.writeHead(200, {
      ...(this.#exchange.reply.getHeaders() as Record<string, string>),
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
    });
    raw.flushHeaders();
  }

  event(type: CacheEventType, entry: CacheEntry, event: CacheEvent | undefined): void {
    if (this.#representation.as === 'object') {
      this.#write(
        event && event.type === type && !this.#kind.isView ? event.line : watchLine(type, this.#kind.bytes(entry)),
      );
      return;
    }
    if (this.#representation.as !== 'Table') {
      this.#writeValue(type, partialMetadata(this.#kind.shown(entry.object), this.#representation.version));
      return;
    }
    const table = tableOf(this.#kind.resource.definition, [entry.object], {
      version: this.#representation.version,
      nowMs: this.#registry.clock.now(),
      includeObject: includeObjectOf(this.#exchange.query),
      metadata: { resourceVersion: String(entry.revision) },
      withColumns: !this.#hasSentColumns,
    });
    this.#hasSentColumns = true;
    this.#writeValue(type, table);
  }

  bookmark(revision: number, isEndOfInitialEvents: boolean): void {
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(isEndOfInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    };
    if (this.#representation.as === 'Table') {
      const object = {
        kind: 'PartialObjectMetadata',
        apiVersion: `meta.k8s.io/${this.#representation.version}`,
        metadata,
      };
      this.#writeValue('BOOKMARK', {
        kind: 'Table',
        apiVersion: `meta.k8s.io/${this.#representation.version}`,
        metadata: { resourceVersion: String(revision) },
        columnDefinitions: null,
        rows: [{ cells: this.#kind.resource.definition.columns.map(() => null), object }],
      });
      return;
    }
    const isPartial = this.#representation.as !== 'object';
    this.#writeValue('BOOKMARK', {
      kind: isPartial ? 'PartialObjectMetadata' : this.#kind.type.kind,
      apiVersion: isPartial ? `meta.k8s.io/${this.#representation.version}` : this.#kind.apiVersion,
      metadata,
    });
  }

  error(error: KubeApiError): void {
    this.#writeValue('ERROR', error.status);
  }

  end(): void {
    if (this.isOpen) this.#exchange.reply.raw.end();
  }

  #writeValue(type: string, object: unknown): void {
    this.#write(watchLine(type, Buffer.from(JSON.stringify(object))));
  }

  #write(line: Buffer): void {
    const { raw } = this.#exchange.reply;
    if (raw.writableEnded || raw.destroyed) return;
    raw.write(line);
    if (raw.writableLength > MAX_BUFFERED_BYTES) this.onOverflow();
  }
}
