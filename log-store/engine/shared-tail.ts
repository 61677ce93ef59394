import type { BlockBuilder } from './block-builder.ts';

/** Where the part begins that documents of one container have in common, as the shipper writes them. */
const MARK = Buffer.from(',"container":{"id":"');
const ID_DIGITS = 64;
/** Containers whose common part is remembered; the least recently seen is forgotten. */
const MAX_TAILS = 2_000;
const CLOSING = '}';

interface Tail {
  readonly bytes: Buffer;
  readonly terms: Uint32Array;
  /** The block that has these terms already. */
  block: BlockBuilder | undefined;
}

/** A document in two parts: the fields to look at, and the terms of the part that was looked at before. */
export interface SplitDocument {
  readonly head: Readonly<Record<string, unknown>>;
  /** Adds the tail's terms to the block, once. */
  addTail(block: BlockBuilder): void;
}

/**
 * Remembers the common end of a container's documents (most of their bytes), so that it is parsed and walked once instead of with every line. A document is
 * taken apart only where both parts are whole JSON by themselves; anything else is left to the long way.
 */
export class SharedTails {
  readonly #tails = new Map<string, Tail>();
  readonly #walk: (fields: Readonly<Record<string, unknown>>, add: (term: number) => void) => void;

  constructor(walk: (fields: Readonly<Record<string, unknown>>, add: (term: number) => void) => void) {
    this.#walk = walk;
  }

  /** `undefined` when the document has no such end or it is not remembered yet; throws what `walk` throws. */
  split(source: Buffer): SplitDocument | undefined {
    const at = source.indexOf(MARK);
    if (at < 2) return undefined;
    const idAt = at + MARK.length;
    const id = source.toString('latin1', idAt, idAt + ID_DIGITS);
    const bytes = source.subarray(at);
    let tail = this.#tails.get(id);
    if (!tail?.bytes.equals(bytes)) {
      tail = this.#learn(id, bytes);
      if (!tail) return undefined;
    }
    const head = parse(source.toString('utf8', 0, at) + CLOSING);
    if (!head) return undefined;
    const known = tail;
    return {
      head,
      addTail: (block) => {
        if (known.block === block) return;
        for (const term of known.terms) block.addTerm(term);
        known.block = block;
      },
    };
  }

  #learn(id: string, bytes: Buffer): Tail | undefined {
    const fields = parse(`{${bytes.toString('utf8', 1)}`);
    if (!fields || '@timestamp' in fields || 'log' in fields || 'stream' in fields) return undefined;
    const terms: number[] = [];
    this.#walk(fields, (term) => terms.push(term));
    const tail = { bytes: Buffer.from(bytes), terms: Uint32Array.from(terms), block: undefined };
    this.#tails.delete(id);
    this.#tails.set(id, tail);
    for (const oldest of this.#tails.keys()) {
      if (this.#tails.size <= MAX_TAILS) break;
      this.#tails.delete(oldest);
    }
    return tail;
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
