/** One prefix a container and rotation: far more than a machine's retention holds. */
const MAX_PREFIXES = 500_000;

/**
 * Which `_id`s are surely new, at a cost that does not grow with the number of documents. Ids of log lines are `<container>-<rotation>-<offset>`: the offset only
 * grows, so per prefix the highest offset seen so far is enough. An id above it is new; one at or below it must be looked up.
 */
export class IdSequences {
  readonly #highest = new Map<string, number>();
  /** Once prefixes had to be left out, an unknown prefix no longer proves that an id is new. */
  #leftOut = false;

  /** `new`: no document can have this id. `check`: one may. */
  judge(id: string): 'new' | 'check' {
    const parsed = splitSequenceId(id);
    if (!parsed) return 'check';
    const highest = this.#highest.get(parsed.prefix);
    if (highest === undefined) return this.#leftOut ? 'check' : 'new';
    return parsed.number > highest ? 'new' : 'check';
  }

  note(id: string): void {
    const parsed = splitSequenceId(id);
    if (!parsed) return;
    this.noteHighest(parsed.prefix, parsed.number);
  }

  noteHighest(prefix: string, highest: number): void {
    const known = this.#highest.get(prefix);
    if (known === undefined && this.#highest.size >= MAX_PREFIXES) this.#leftOut = true;
    else if (known === undefined || highest > known) this.#highest.set(prefix, highest);
  }

  forget(prefix: string): void {
    this.#highest.delete(prefix);
  }

  get size(): number {
    return this.#highest.size;
  }
}

/** `a-b-1z` → prefix `a-b`, number 71; `undefined` for ids that are not of that form. */
export function splitSequenceId(id: string): { readonly prefix: string; readonly number: number } | undefined {
  const dash = id.lastIndexOf('-');
  const first = id.indexOf('-');
  // Two dashes: a plain UUID or a word with a dash must not be taken for a position.
  if (dash <= 0 || dash === first) return undefined;
  const digits = id.length - dash - 1;
  if (digits < 1 || digits > 10) return undefined;
  let number = 0;
  for (let at = dash + 1; at < id.length; at++) {
    const code = id.charCodeAt(at);
    const digit = code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 122 ? code - 87 : -1;
    if (digit < 0) return undefined;
    number = number * 36 + digit;
  }
  return { prefix: id.slice(0, dash), number };
}
