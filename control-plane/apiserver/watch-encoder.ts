import { watchLine, type CacheEntry, type CacheEvent, type CacheEventType } from '../registry/cache-entry.ts';
import type { Registry } from '../registry/registry.ts';
import type { Status } from '../../lib/kube/types.ts';
import { protobufKind } from '../../lib/kube/protobuf-kind.ts';
import type { Representation } from './negotiate.ts';
import type { ServedKind } from './served-kind.ts';
import { partialMetadata, tableOf, type IncludeObject, type KindedObject } from './table.ts';

/** Turns the events of one watch into lines of JSON or frames of protobuf, in the form that the client asked for. */
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

  /** The shared line or frame of `event` where that is what the client sees. */
  event(type: CacheEventType, entry: CacheEntry, event: CacheEvent | undefined): Buffer {
    const { as, version } = this.#representation;
    if (as === 'object') return this.#whole(type, entry, event);
    if (as !== 'Table') return this.#encoded(type, partialMetadata(this.#kind.shown(entry.object), version));
    const table = tableOf(this.#kind.columns, [entry.object], {
      version,
      nowMs: this.#registry.clock.now(),
      includeObject: this.#includeObject,
      metadata: { resourceVersion: String(entry.revision) },
      withColumns: !this.#hasSentColumns,
    });
    this.#hasSentColumns = true;
    return this.#encoded(type, table);
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
      return this.#encoded('BOOKMARK', { kind: this.#kind.type.kind, apiVersion: this.#kind.apiVersion, metadata });
    if (as !== 'Table') return this.#encoded('BOOKMARK', partial);
    return this.#encoded('BOOKMARK', {
      kind: 'Table',
      apiVersion: `meta.k8s.io/${version}`,
      metadata: { resourceVersion: String(revision) },
      columnDefinitions: null,
      rows: [{ cells: this.#kind.columns.map(() => null), object: partial }],
    });
  }

  /** The watch cannot go on. */
  error(status: Status): Buffer {
    return this.#encoded('ERROR', { ...status, kind: 'Status', apiVersion: 'v1' });
  }

  #whole(type: CacheEventType, entry: CacheEntry, event: CacheEvent | undefined): Buffer {
    const kind = this.#kind;
    const isAsStored = kind.showsAsStored(entry);
    if (this.#representation.format !== 'protobuf') {
      if (!isAsStored) return watchLine(type, kind.bytes(entry));
      return event ? event.line : entry.line(type);
    }
    const shared = isAsStored ? event : undefined;
    return shared?.frame(kind.protobuf) ?? kind.protobuf.frame(type, kind.message(entry));
  }

  #encoded(type: string, object: KindedObject): Buffer {
    if (this.#representation.format !== 'protobuf') return watchLine(type, Buffer.from(JSON.stringify(object)));
    const kind = protobufKind(object.apiVersion, object.kind);
    if (!kind) throw new Error(`${object.apiVersion} ${object.kind} has no protobuf form`);
    return kind.frame(type, kind.message(object));
  }
}
