/** Upstream's factors: what going through a character of text costs, and a character of a pattern. */
const TRAVERSAL = 0.1;
const PATTERN = 0.25;
const MESSAGE = 40;

const comparisons: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

type Operands = readonly unknown[];

/** Upstream's costs of functions, by name; where one name is that of several, what it is given tells them apart. */
const functionCosts: ReadonlyMap<string, (operands: Operands) => number> = new Map([
  ...named('newObject newJSONPatch', () => MESSAGE),
  ...named('size', () => 1),
  ...named('startsWith endsWith', ([, what]) => traversed(sizeOf(what))),
  ...named('contains', ([first, second, third]) =>
    third === undefined ? traversed(sizeOf(first)) * traversed(sizeOf(second)) : compareSets(second, third),
  ),
  ...named('intersects', ([, first, second]) => compareSets(first, second)),
  ...named('equivalent', ([, first, second]) => 2 * compareSets(first, second) - 1),
  ...named('matches find findAll', ([text, pattern]) => matched(text, sizeOf(pattern))),
  ...named('validate', ([format, text]) => matched(text, (format as { readonly patternSize: number }).patternSize)),
  ...named('isSorted sum min max indexOf lastIndexOf', ([list]) => Math.max(1, traversalCost(list))),
  ...named('lowerAscii upperAscii trim substring url isURL', ([text]) => traversed(sizeOf(text))),
  ...named('ip isIP cidr isCIDR quantity isQuantity semver isSemver', ([text]) => traversed(sizeOf(text))),
  ...named('isCanonical', ([, text]) => traversed(2 * sizeOf(text))),
  // The text is gone through, and what it becomes is made.
  ...named('replace split', ([text]) => traversed(2 * sizeOf(text))),
  ...named('join', ([list, separator]) => traversed(2 * joinedSize(list, separator))),
  ...named('containsIP', ([cidr, ip]) => traversed(2 * addressSize(cidr)) + parsed(ip)),
  ...named(
    'containsCIDR',
    ([cidr, other]) => traversed(2 * addressSize(cidr)) + traversed(addressSize(cidr)) + 1 + parsed(other),
  ),
  ...named('sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub', () => 1),
  // A check may ask many rules; what leads to it and what is read of it is nothing.
  ...named('check', () => 350_000),
  ...named('path group serviceAccount resource subresource namespace name fieldSelector labelSelector', () => 1),
  ...named('major minor patch family masked prefixLength named', () => 1),
]);

function named(
  names: string,
  cost: (operands: Operands) => number,
): readonly (readonly [string, (operands: Operands) => number])[] {
  return names.split(' ').map((name) => [name, cost]);
}

/** What an operator or a function costs, by the sizes of what it is about, the receiver first. At least 1. */
export function sizeCost(name: string, operands: Operands): number {
  const [first, second] = operands;
  if (comparisons.has(name)) return compared(first, second);
  if (name === 'in') return Array.isArray(second) ? Math.max(1, second.length) : 1;
  const cost = functionCosts.get(name);
  if (cost) return cost(operands);
  // Loops are counted round by round, and so is what they go through.
  return 1 + Math.ceil(operands.reduce<number>((total, one) => total + sizeOf(one), 0) * TRAVERSAL);
}

function traversed(size: number): number {
  return atLeastOne(size * TRAVERSAL);
}

function matched(text: unknown, patternSize: number): number {
  return traversed(1 + sizeOf(text)) * atLeastOne(patternSize * PATTERN);
}

function compareSets(a: unknown, b: unknown): number {
  return 1 + sizeOf(a) * sizeOf(b);
}

/** What is text must be read first. */
function parsed(value: unknown): number {
  return typeof value === 'string' ? traversed(value.length) : 0;
}

function addressSize(cidr: unknown): number {
  const { address } = cidr as { readonly address?: { readonly bits: number } };
  return (address?.bits ?? 128) / 8;
}

function joinedSize(list: unknown, separator: unknown): number {
  if (!Array.isArray(list)) return 0;
  return list.reduce<number>((total, one) => total + sizeOf(one), Math.max(0, list.length - 1) * sizeOf(separator));
}

function traversalCost(value: unknown): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return Math.floor(value.length * TRAVERSAL);
  return Array.isArray(value) ? value.reduce<number>((total, one) => total + traversalCost(one), 0) : 1;
}

function compared(first: unknown, second: unknown): number {
  if (typeof first === 'object' && first !== null && typeof second === 'object' && second !== null)
    return Math.max(1, Math.min(deepSize(first), deepSize(second)));
  return traversed(Math.min(sizeOf(first), sizeOf(second)));
}

function atLeastOne(cost: number): number {
  return Math.max(1, Math.ceil(cost));
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return value instanceof Map || value instanceof Set ? value.size : 0;
}

/** Values inside a value, and characters by tenths. */
function deepSize(value: unknown): number {
  if (typeof value !== 'object' || value === null) return atLeastOne(sizeOf(value) * TRAVERSAL);
  if (value instanceof Uint8Array) return atLeastOne(value.length * TRAVERSAL);
  const members: Iterable<unknown> =
    Array.isArray(value) || value instanceof Set ? value : value instanceof Map ? value.values() : Object.values(value);
  let total = 1;
  for (const member of members) total += deepSize(member);
  return total;
}
