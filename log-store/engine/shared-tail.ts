import type { IdPrefix } from './id-sequences.ts';
import { parseTail, type Tail, type TailPool } from './tail.ts';

/** Prefixes and ends that are remembered; all are forgotten when there are more. */
const MAX_KNOWN = 4_000;

/** A tail that the mapping accepted, with the terms that its lines have from it. */
export interface LearnedTail {
  readonly tail: Tail;
  readonly terms: Uint32Array;
}

/**
 * Remembers the common ends of containers' lines (most of their bytes), so that each is parsed and walked once instead of with every line.
 */
export class SharedTails {
  readonly #byPrefix = new Map<IdPrefix, LearnedTail>();
  readonly #byBytes = new Map<string, LearnedTail>();
  readonly #pool: TailPool;
  readonly #walk: (fields: Readonly<Record<string, unknown>>, add: (term: number) => void) => void;

  constructor(pool: TailPool, walk: (fields: Readonly<Record<string, unknown>>, add: (term: number) => void) => void) {
    this.#pool = pool;
    this.#walk = walk;
  }

  /** The tail that stands at `start`; `undefined` when it is not the end of a line's document. Throws what `walk` throws. */
  find(prefix: IdPrefix, bytes: Buffer, start: number, end: number): LearnedTail | undefined {
    const expected = this.#byPrefix.get(prefix);
    if (expected?.tail.bytes.length === end - start && expected.tail.bytes.compare(bytes, start, end) === 0) {
      return expected;
    }
    const key = bytes.toString('latin1', start, end);
    const known = this.#byBytes.get(key) ?? this.#learn(key, bytes.subarray(start, end));
    if (known) {
      if (this.#byPrefix.size >= MAX_KNOWN) this.#byPrefix.clear();
      this.#byPrefix.set(prefix, known);
    }
    return known;
  }

  #learn(key: string, bytes: Buffer): LearnedTail | undefined {
    const fields = parseTail(bytes);
    if (!fields) return undefined;
    const terms: number[] = [];
    this.#walk(fields, (term) => terms.push(term));
    const learned = { tail: this.#pool.of(bytes), terms: Uint32Array.from(terms) };
    if (this.#byBytes.size >= MAX_KNOWN) this.#byBytes.clear();
    this.#byBytes.set(key, learned);
    return learned;
  }
}
