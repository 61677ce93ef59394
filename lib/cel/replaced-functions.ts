import { matchesPattern } from './regular-expressions.ts';
import { visitNodes } from './running-node.ts';

type Operand = string | bigint;

/** A function on text that the library does in another way than cel-go, by the types of what it is given. */
interface Replacement {
  readonly operands: readonly ('string' | 'bigint')[];
  readonly call: (text: string, ...operands: never[]) => unknown;
}

// Go's `unicode.IsSpace`.
const space = String.raw`[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+`;
const outerSpace = new RegExp(`^${space}|${space}$`, 'g');

const replacements: Readonly<Record<string, readonly Replacement[]>> = {
  matches: [{ operands: ['string'], call: matchesPattern }],
  lowerAscii: [{ operands: [], call: (text) => text.replaceAll(/[A-Z]+/g, (some) => some.toLowerCase()) }],
  upperAscii: [{ operands: [], call: (text) => text.replaceAll(/[a-z]+/g, (some) => some.toUpperCase()) }],
  trim: [{ operands: [], call: (text) => text.replaceAll(outerSpace, '') }],
  indexOf: [
    { operands: ['string'], call: (text, what: string) => indexOf(text, what, 0n) },
    { operands: ['string', 'bigint'], call: indexOf },
  ],
  lastIndexOf: [
    { operands: ['string'], call: (text, what: string) => lastIndexOf(text, what, undefined) },
    { operands: ['string', 'bigint'], call: lastIndexOf },
  ],
  substring: [
    { operands: ['bigint'], call: (text, start: bigint) => substring(text, start, undefined) },
    { operands: ['bigint', 'bigint'], call: substring },
  ],
  split: [
    { operands: ['string'], call: (text, separator: string) => split(text, separator, -1n) },
    { operands: ['string', 'bigint'], call: split },
  ],
};

/**
 * The library's own functions cannot be registered anew. Those that differ from upstream's (regular expressions are RE2's, places are counted in characters, ASCII is
 * all that is changed by `lowerAscii`) are replaced in an expression that was checked, where they are given what they take.
 */
export function replaceFunctions(root: unknown): void {
  visitNodes(root, (node) => {
    const { op, handle } = node;
    if (op !== 'rcall' || !handle) return;
    const [name] = node.args as readonly [string];
    const candidates = Object.hasOwn(replacements, name) ? replacements[name] : undefined;
    if (!candidates) return;
    node.handle = (operands, ...rest) => {
      const [text, ...given] = operands as readonly Operand[];
      const one = candidates.find(({ operands: types }) => types.length === given.length);
      if (typeof text !== 'string' || !one?.operands.every((type, at) => typeof given[at] === type))
        return handle(operands, ...rest);
      return one.call(text, ...(given as never[]));
    };
  });
}

/** Places are those of characters, not of the units of UTF-16. Behind the end nothing is found. */
function indexOf(text: string, what: string, from: bigint): bigint {
  if (what === '') return from;
  inRange(from, undefined);
  const head = Array.from(text).slice(0, Number(from)).join('');
  return placeOf(text, text.indexOf(what, head.length));
}

function lastIndexOf(text: string, what: string, from: bigint | undefined): bigint {
  const characters = Array.from(text);
  if (what === '') return from ?? BigInt(characters.length);
  if (from === undefined) return placeOf(text, text.lastIndexOf(what));
  inRange(from, undefined);
  if (from >= BigInt(characters.length)) return -1n;
  return placeOf(text, text.lastIndexOf(what, characters.slice(0, Number(from)).join('').length));
}

function placeOf(text: string, unit: number): bigint {
  return BigInt(unit < 0 ? -1 : Array.from(text.slice(0, unit)).length);
}

function substring(text: string, start: bigint, end: bigint | undefined): string {
  const characters = Array.from(text);
  const length = BigInt(characters.length);
  const to = end ?? length;
  if (start > to && end !== undefined) throw new Error(`invalid substring range. start: ${start}, end: ${to}`);
  inRange(start, length);
  inRange(to, length);
  return characters.slice(Number(start), Number(to)).join('');
}

function inRange(place: bigint, last: bigint | undefined): void {
  if (place < 0n || (last !== undefined && place > last)) throw new Error(`index out of range: ${place}`);
}

function split(text: string, separator: string, limit: bigint): readonly string[] {
  if (limit === 0n) return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  const count = Number(limit);
  if (count < 0 || parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}
