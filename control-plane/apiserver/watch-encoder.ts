import { watchLine, type CacheEntry, type CacheEvent, type CacheEventType } from '../registry/cache-entry.ts';
import type { Registry } from '../registry/registry.ts';
import type { Representation } from './content.ts';
import type { ServedKind } from './served-kind.ts';
import { partialMetadata, tableOf, type IncludeObject } from './table.ts';

/** Turns the events of one watch into lines, in the form that the client asked for. */
export class WatchEncoder {
  readonly #registry: Registry;
  readonly #kind: ServedKind;
  readonly #representation: Representation;
  readonly #includeObject: IncludeObject;
  /** A table says its columns once. */
  #hasSentColumns = false;

  constructor(registry: Registry, kind: ServedKind, representation: Representation, includeObject: IncludeObject) {
    this.#registry = registry;
    this.#kind = kind;
    this.#representation = representation;
    this.#includeObject = includeObject;
  }

  /** The shared line of `event` where that is what the client sees. */
  event(type: CacheEventType, entry: CacheEntry, event: CacheEvent | undefined): Buffer {
    const { as, version } = this.#representation;
    if (as === 'object')
      return event && this.#kind.showsAsStored(entry) ? event.line : watchLine(type, this.#kind.bytes(entry));
    if (as !== 'Table') return encoded(type, partialMetadata(this.#kind.shown(entry.object), version));
    const table = tableOf(this.#kind.columns, [entry.object], {
      version,
      nowMs: this.#registry.clock.now(),
      includeObject: this.#includeObject,
      metadata: { resourceVersion: String(entry.revision) },
      withColumns: !this.#hasSentColumns,
    });
    this.#hasSentColumns = true;
    return encoded(type, table);
  }

  bookmark(revision: number, isEndOfInitialEvents: boolean): Buffer {
    const { as, version } = this.#representation;
    const metadata = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(isEndOfInitialEvents ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    };
    const partial = { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata };
    if (as === 'object')
      return encoded('BOOKMARK', { kind: this.#kind.type.kind, apiVersion: this.#kind.apiVersion, metadata });
    if (as !== 'Table') return encoded('BOOKMARK', partial);
    return encoded('BOOKMARK', {
      kind: 'Table',
      apiVersion: `meta.k8s.io/${version}`,
      metadata: { resourceVersion: String(revision) },
      columnDefinitions: null,
      rows: [{ cells: this.#kind.columns.map(() => null), object: partial }],
    });
  }
}

export function encoded(type: string, object: unknown): Buffer {
  return watchLine(type, Buffer.from(JSON.stringify(object)));
}
