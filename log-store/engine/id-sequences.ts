import { MAX_POSITION } from './line-shape.ts';

/** One prefix a container and rotation: far more than a machine's retention holds. */
const MAX_PREFIXES = 500_000;

/** The parts of an id like `<container>-<rotation>-<offset>`. */
export interface SequenceId {
  readonly prefix: string;
  readonly number: number;
}

/** What all ids of one file of a container begin with, and how far they got. */
export interface IdPrefix {
  readonly prefix: string;
  /** Highest number seen; -1 for none. */
  highest: number;
}

/**
 * Which `_id`s are surely new, at a cost that does not grow with the number of documents. Ids of log lines are `<container>-<rotation>-<offset>`: the offset only
 * grows, so per prefix the highest offset seen so far is enough. An id above it is new; one at or below it must be looked up.
 */
export class IdSequences {
  readonly #prefixes = new Map<string, IdPrefix>();
  /** Lines of one file come one after the other. */
  #last: IdPrefix | undefined;
  /** Once prefixes had to be left out, an unknown prefix no longer proves that an id is new. */
  #leftOut = false;

  /** The prefix of an id, remembered from now on; `undefined` when it is no such id or there are too many. `numberOf` has the rest. */
  prefixOf(id: string): IdPrefix | undefined {
    const last = this.#last;
    if (last && id.charCodeAt(last.prefix.length) === DASH && id.startsWith(last.prefix)) {
      if (sequenceNumber(id, last.prefix.length + 1) >= 0) return last;
    }
    const split = splitSequenceId(id);
    return split && this.#prefix(split.prefix);
  }

  /** Whether an id may belong to a document that came before. */
  mayHave(id: string): boolean {
    const split = splitSequenceId(id);
    if (!split) return true;
    const known = this.#prefixes.get(split.prefix);
    if (!known) return this.#leftOut;
    return split.number <= known.highest;
  }

  noteHighest(prefix: string, highest: number): void {
    const known = this.#prefix(prefix);
    if (known && highest > known.highest) known.highest = highest;
  }

  forget(prefix: string): void {
    this.#prefixes.delete(prefix);
    this.#last = undefined;
  }

  #prefix(prefix: string): IdPrefix | undefined {
    let known = this.#prefixes.get(prefix);
    if (!known) {
      if (this.#prefixes.size >= MAX_PREFIXES) {
        this.#leftOut = true;
        return undefined;
      }
      // Nothing was stored under it, or it would be known: but once some were left out, it may have been.
      known = { prefix, highest: this.#leftOut ? MAX_POSITION : -1 };
      this.#prefixes.set(prefix, known);
    }
    this.#last = known;
    return known;
  }
}

const DASH = 45;
const ZERO = 48;

/** The number behind a prefix and its dash. */
export function numberOf(id: string, prefix: string): number {
  return sequenceNumber(id, prefix.length + 1);
}

/** `a-b-1z` → prefix `a-b`, number 71; `undefined` for ids that are not of that form or would not be written the same way again. */
export function splitSequenceId(id: string): SequenceId | undefined {
  const dash = id.lastIndexOf('-');
  const first = id.indexOf('-');
  // Two dashes: a plain UUID or a word with a dash must not be taken for a position.
  if (dash <= 0 || dash === first) return undefined;
  const number = sequenceNumber(id, dash + 1);
  return number < 0 ? undefined : { prefix: id.slice(0, dash), number };
}

/** The base-36 number from there to the end; -1 when there is none. */
function sequenceNumber(id: string, start: number): number {
  const digits = id.length - start;
  if (digits < 1 || digits > 10 || (digits > 1 && id.charCodeAt(start) === ZERO)) return -1;
  let number = 0;
  for (let at = start; at < id.length; at++) {
    const code = id.charCodeAt(at);
    const digit = code >= ZERO && code <= 57 ? code - ZERO : code >= 97 && code <= 122 ? code - 87 : -1;
    if (digit < 0) return -1;
    number = number * 36 + digit;
  }
  return number < MAX_POSITION ? number : -1;
}
