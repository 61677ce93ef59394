import { freezeDeep } from '../../lib/kube/freeze.ts';
import { bytesWithRevision, storedBytes, type ApiObject } from './api-object.ts';

/** One state of one object: frozen, with its JSON bytes, made when they are first wanted and then shared by all who read and watch. */
export class CacheEntry {
  /** `namespace/name`, or `name`. */
  readonly key: string;
  readonly revision: number;
  readonly object: ApiObject;
  #stored: Uint8Array | undefined;
  #bytes: Buffer | undefined;

  constructor(key: string, revision: number, object: ApiObject, stored?: Uint8Array) {
    this.key = key;
    this.revision = revision;
    this.object = freezeDeep(object);
    this.#stored = stored;
  }

  /** The same state under a later revision: what is told of an object that is gone, or gone from a selection. */
  under(revision: number): CacheEntry {
    const { object } = this;
    const metadata = { ...object.metadata, resourceVersion: String(revision) };
    return new CacheEntry(this.key, revision, { ...object, metadata });
  }

  get bytes(): Buffer {
    if (!this.#bytes) {
      this.#bytes = bytesWithRevision(this.#stored ?? storedBytes(this.object), this.revision);
      this.#stored = undefined;
    }
    return this.#bytes;
  }
}

export type CacheEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One change of one object. `previous` is the state before; for `DELETED`, `entry` is the last state under the revision of the removal. */
export class CacheEvent {
  readonly type: CacheEventType;
  readonly revision: number;
  readonly entry: CacheEntry;
  readonly previous: CacheEntry | undefined;
  #line: Buffer | undefined;

  constructor(type: CacheEventType, entry: CacheEntry, previous: CacheEntry | undefined) {
    this.type = type;
    this.revision = entry.revision;
    this.entry = entry;
    this.previous = previous;
  }

  /** The event as a line of a watch, shared by all watchers who see it as the type that it is. */
  get line(): Buffer {
    this.#line ??= watchLine(this.type, this.entry.bytes);
    return this.#line;
  }
}

/** `{"type":…,"object":…}` and a newline. */
export function watchLine(type: string, object: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, Buffer.from('}\n')]);
}
