/**
 * Regular expressions as sets of texts, matched by derivatives (Brzozowski 1964): what may follow once a character was read is an expression again. Each is a
 * state of an automaton that grows as texts are read, so matching takes one step a character whatever the expression.
 */

/** Ranges of code points, ascending, both ends included: `[from, to, from, to, …]`. */
export type CharSet = readonly number[];

const MAX_CODE_POINT = 0x10ffff;
export const anyChar: CharSet = [0, MAX_CODE_POINT];

/** An expression. Equal ones are the same object, so that states are found again. */
interface Expression {
  readonly id: number;
  readonly kind: 'none' | 'empty' | 'chars' | 'sequence' | 'choice' | 'all' | 'anything' | 'star';
  readonly parts: readonly Expression[];
  readonly set: CharSet;
  /** Whether the empty text is in it. */
  readonly nullable: boolean;
  /** Derivatives by ASCII character, once they are known. */
  readonly next: (Expression | undefined)[];
  /** The same beyond ASCII. */
  readonly nextWide: Map<number, Expression>;
}

export type { Expression };

export class TooComplexError extends Error {}

/** Expressions of one pattern and its states together. */
const MAX_EXPRESSIONS = 20_000;

/** Makes and matches expressions of one pattern. Throws `TooComplexError` when there would be too many. */
export class RegularLanguage {
  readonly #known = new Map<string, Expression>();
  readonly none: Expression;
  readonly empty: Expression;
  /** Every text. */
  readonly everything: Expression;

  constructor() {
    this.none = this.#make('none', [], [], false);
    this.empty = this.#make('empty', [], [], true);
    this.everything = this.#make('anything', [], [], true);
  }

  chars(set: CharSet): Expression {
    return set.length === 0 ? this.none : this.#make('chars', [], set, false);
  }

  text(text: string, set: (code: number) => CharSet): Expression {
    return this.sequence(Array.from(text, (char) => this.chars(set(char.codePointAt(0) ?? 0))));
  }

  sequence(parts: readonly Expression[]): Expression {
    return parts.reduceRight((rest, part) => this.#pair(part, rest), this.empty);
  }

  choice(parts: readonly Expression[]): Expression {
    const flat = unique(
      parts.flatMap((part) => (part.kind === 'choice' ? part.parts : [part])),
      this.none,
    );
    if (flat.includes(this.everything)) return this.everything;
    const [only] = flat;
    if (flat.length < 2) return only ?? this.none;
    return this.#make(
      'choice',
      flat,
      [],
      flat.some((part) => part.nullable),
    );
  }

  all(parts: readonly Expression[]): Expression {
    const flat = unique(
      parts.flatMap((part) => (part.kind === 'all' ? part.parts : [part])),
      this.everything,
    );
    if (flat.includes(this.none)) return this.none;
    const [only] = flat;
    if (flat.length < 2) return only ?? this.everything;
    return this.#make(
      'all',
      flat,
      [],
      flat.every((part) => part.nullable),
    );
  }

  star(part: Expression): Expression {
    if (part.kind === 'star' || part === this.everything) return part;
    if (part === this.none || part === this.empty) return this.empty;
    return this.#make('star', [part], [], true);
  }

  /** `least` to `most` times. */
  repeat(part: Expression, least: number, most: number): Expression {
    const required = Array.from({ length: least }, () => part);
    if (most === Infinity) return this.sequence([...required, this.star(part)]);
    let optional = this.empty;
    for (let n = least; n < most; n++) optional = this.choice([this.empty, this.#pair(part, optional)]);
    return this.sequence([...required, optional]);
  }

  /** Whether the whole text is in the expression. */
  matches(start: Expression, text: string): boolean {
    let state = start;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code < 128) state = state.next[code] ?? this.#step(state, code);
      else {
        const point = text.codePointAt(at) ?? code;
        if (point > 0xffff) at++;
        state = state.nextWide.get(point) ?? this.#step(state, point);
      }
      if (state === this.none) return false;
      if (state === this.everything) return true;
    }
    return state.nullable;
  }

  #step(state: Expression, code: number): Expression {
    const next = this.#derive(state, code);
    if (code < 128) state.next[code] = next;
    else {
      if (state.nextWide.size > 1_000) state.nextWide.clear();
      state.nextWide.set(code, next);
    }
    return next;
  }

  #derive(expression: Expression, code: number): Expression {
    const { parts } = expression;
    const [first = this.none, second = this.empty] = parts;
    switch (expression.kind) {
      case 'none':
      case 'empty':
        return this.none;
      case 'chars':
        return contains(expression.set, code) ? this.empty : this.none;
      case 'sequence': {
        const rest = this.#pair(this.#derive(first, code), second);
        return first.nullable ? this.choice([rest, this.#derive(second, code)]) : rest;
      }
      case 'choice':
        return this.choice(parts.map((part) => this.#derive(part, code)));
      case 'all':
        return this.all(parts.map((part) => this.#derive(part, code)));
      case 'anything':
        return expression;
      case 'star':
        return this.#pair(this.#derive(first, code), expression);
    }
  }

  /** One behind the other, nested to the right. */
  #pair(first: Expression, second: Expression): Expression {
    if (first === this.none || second === this.none) return this.none;
    if (first === this.empty) return second;
    if (second === this.empty) return first;
    const [head, tail] = first.parts;
    if (first.kind === 'sequence' && head && tail) return this.#pair(head, this.#pair(tail, second));
    return this.#make('sequence', [first, second], [], first.nullable && second.nullable);
  }

  #make(kind: Expression['kind'], parts: readonly Expression[], set: CharSet, nullable: boolean): Expression {
    const key = `${kind} ${parts.map((part) => part.id).join(' ')}/${set.join(' ')}`;
    let known = this.#known.get(key);
    if (!known) {
      if (this.#known.size >= MAX_EXPRESSIONS) throw new TooComplexError('the pattern has too many states');
      known = { id: this.#known.size, kind, parts, set, nullable, next: [], nextWide: new Map() };
      this.#known.set(key, known);
    }
    return known;
  }
}

/** Without repetitions and `neutral`, in a fixed order. */
function unique(parts: readonly Expression[], neutral: Expression): Expression[] {
  return [...new Set(parts)].filter((part) => part !== neutral).sort((a, b) => a.id - b.id);
}

function contains(set: CharSet, code: number): boolean {
  for (let n = 0; n < set.length; n += 2) if (code >= (set[n] ?? 0) && code <= (set[n + 1] ?? -1)) return true;
  return false;
}

/** All characters that are not in the set. */
export function inverted(set: CharSet): CharSet {
  const ranges: [number, number][] = [];
  for (let n = 0; n < set.length; n += 2) ranges.push([set[n] ?? 0, set[n + 1] ?? 0]);
  ranges.sort((a, b) => a[0] - b[0]);
  const rest: number[] = [];
  let next = 0;
  for (const [from, to] of ranges) {
    if (from > next) rest.push(next, from - 1);
    next = Math.max(next, to + 1);
  }
  if (next <= MAX_CODE_POINT) rest.push(next, MAX_CODE_POINT);
  return rest;
}
