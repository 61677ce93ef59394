import { freezeDeep } from '../../lib/kube/freeze.ts';
import type { ProtobufKind } from '../../lib/kube/protobuf-kind.ts';
import { bytesWithRevision, storedBytes, type ApiObject, type Room } from './api-object.ts';

/** What stands around an object's bytes in the line of a watch. */
const lineHeads: Readonly<Record<CacheEventType, Buffer>> = {
  ADDED: lineHead('ADDED'),
  MODIFIED: lineHead('MODIFIED'),
  DELETED: lineHead('DELETED'),
};
const lineTail = Buffer.from('}\n');
/** An object's bytes lie in memory that has room for the longest of them, so that a line needs no copy. */
const room: Room = {
  before: Math.max(...Object.values(lineHeads).map((head) => head.length)),
  after: lineTail.length,
};

/** A larger message is made anew for each reader: it is one long text or two, which are copied as fast as they would be kept. */
const MAX_KEPT_PROTOBUF_BYTES = 64 * 1024;

/**
 * One state of one object: frozen, with its bytes in JSON and in protobuf, each made when it is first wanted and then shared by all who read and watch. They go
 * when another state takes its place, and so are hardly more than the objects that there are.
 */
export class CacheEntry {
  /** `namespace/name`, or `name`. */
  readonly key: string;
  readonly revision: number;
  readonly object: ApiObject;
  #stored: Uint8Array | undefined;
  #bytes: Buffer | undefined;
  #protobuf: Buffer | undefined;
  /** What the room around the bytes is taken by. */
  #lineType: CacheEventType | undefined;

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
      this.#bytes = bytesWithRevision(this.#stored ?? storedBytes(this.object), this.revision, room);
      this.#stored = undefined;
    }
    return this.#bytes;
  }

  /**
   * Another state has taken its place: it is remembered as an object, without its bytes. Those who are being sent them have them; whoever still asks, a watch that
   * starts in the past or is behind, has them made again.
   */
  letGoOfBytes(): void {
    this.#stored = undefined;
    this.#bytes = undefined;
    this.#protobuf = undefined;
    this.#lineType = undefined;
  }

  /** About how long its bytes are in any form, without making them. */
  get sizeBytes(): number {
    return (this.#bytes ?? this.#stored ?? this.bytes).length;
  }

  /** The object's message; `kind` is the object's own. */
  protobuf(kind: ProtobufKind): Buffer {
    if (this.#protobuf) return this.#protobuf;
    const message = kind.message(this.object);
    if (message.length <= MAX_KEPT_PROTOBUF_BYTES) this.#protobuf = message;
    return message;
  }

  /** The state as a line of a watch. Lines of the first type that is asked for share the object's bytes; of others each is a copy. */
  line(type: CacheEventType): Buffer {
    const { bytes } = this;
    this.#lineType ??= type;
    if (this.#lineType !== type) return watchLine(type, bytes);
    const head = lineHeads[type];
    const line = Buffer.from(
      bytes.buffer,
      bytes.byteOffset - head.length,
      head.length + bytes.length + lineTail.length,
    );
    // Written again each time: the same bytes, and cheaper than to remember that they are there.
    head.copy(line);
    lineTail.copy(line, line.length - lineTail.length);
    return line;
  }
}

export type CacheEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One change of one object. `previous` is the state before; for `DELETED`, `entry` is the last state under the revision of the removal. */
export class CacheEvent {
  readonly type: CacheEventType;
  readonly revision: number;
  readonly entry: CacheEntry;
  readonly previous: CacheEntry | undefined;
  #frame: Buffer | undefined;

  constructor(type: CacheEventType, entry: CacheEntry, previous: CacheEntry | undefined) {
    this.type = type;
    this.revision = entry.revision;
    this.entry = entry;
    this.previous = previous;
  }

  /** The event as a line of a watch, whose bytes are shared by all watchers who see it as the type that it is. */
  get line(): Buffer {
    return this.entry.line(this.type);
  }

  /** The event as a frame of a watch in protobuf, shared by them; `kind` is the object's own. */
  frame(kind: ProtobufKind): Buffer {
    this.#frame ??= kind.frame(this.type, this.entry.protobuf(kind));
    return this.#frame;
  }
}

/** `{"type":…,"object":…}` and a newline. */
export function watchLine(type: string, object: Buffer): Buffer {
  return Buffer.concat([lineHead(type), object, lineTail]);
}

function lineHead(type: string): Buffer {
  return Buffer.from(`{"type":"${type}","object":`);
}
