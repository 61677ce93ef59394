import { crc32 } from 'node:zlib';

/** Different ends kept; the least recently made is forgotten. */
const MAX_TAILS = 4_000;
/** Paths whose values one tail remembers. */
const MAX_PATHS = 200;

type Fields = Readonly<Record<string, unknown>>;

/** What all lines of a container end with (see `line-shape.ts`), parsed once for all of them. */
export class Tail {
  readonly bytes: Buffer;
  readonly #values = new Map<string, readonly unknown[]>();
  #fields: Fields | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** The document's fields without time, stream, message, level and offset. */
  get fields(): Fields {
    this.#fields ??= parseTail(this.bytes) ?? {};
    return this.#fields;
  }

  /** What `read` finds at a path that is not the line's own. */
  values(path: string, read: (fields: Fields, path: string) => readonly unknown[]): readonly unknown[] {
    let values = this.#values.get(path);
    if (values === undefined) {
      values = read(this.fields, path);
      if (this.#values.size < MAX_PATHS) this.#values.set(path, values);
    }
    return values;
  }
}

/** The fields of a tail; `undefined` when it is not the end of a document, or says again what the line itself says. */
export function parseTail(bytes: Buffer): Fields | undefined {
  const text = bytes.toString();
  if (text.includes('"offset":') || text.includes('"level":')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(`{"log":{"offset":0${text}`);
  } catch {
    return undefined;
  }
  const { log, ...fields } = parsed as { readonly log: unknown; readonly [name: string]: unknown };
  if ('@timestamp' in fields || 'stream' in fields || 'message' in fields) return undefined;
  if (Object.keys(fields).some((name) => name.includes('.')) || typeof log !== 'object' || log === null)
    return undefined;
  const { offset, ...restOfLog } = log as { readonly offset?: unknown };
  if (offset !== 0) return undefined;
  return Object.keys(restOfLog).length > 0 ? { log: restOfLog, ...fields } : fields;
}

/** Tails by their bytes, so that all blocks share one object for the same end. */
export class TailPool {
  /** By checksum: making a text of the bytes would cost more than all the rest. */
  readonly #tails = new Map<number, Tail>();

  of(bytes: Buffer): Tail {
    const key = crc32(bytes);
    const known = this.#tails.get(key);
    if (known?.bytes.equals(bytes)) return known;
    const tail = new Tail(Buffer.from(bytes));
    this.#tails.set(key, tail);
    for (const oldest of this.#tails.keys()) {
      if (this.#tails.size <= MAX_TAILS) break;
      this.#tails.delete(oldest);
    }
    return tail;
  }
}
