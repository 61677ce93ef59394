import { isIP } from 'node:net';

/** Addresses and networks that are written or meant in some special way. */
const addresses =
  '0.0.0.0|127.0.0.1|169.254.1.1|224.0.0.1|239.1.1.1|010.1.2.3|10.1.2|10.1.2.3 |::|::1|fe80::1|ff02::1|::ffff:10.1.2.3|2001:db8:0::1|2001:DB8::1|fe80::1%eth0|10.1.2.3/8|10.0.0.0/08|10.0.0.0/33|010.0.0.0/8|0.0.0.0/0|10.1.2.3/32|::ffff:10.0.0.0/104|2001:db8::1/32|2001:db8::/32|2001:db8:0::/32|::/0'.split(
    '|',
  );

/** An object that differs in one place. */
export interface Variation {
  /** Where, and what is there: `spec.replicas = -1`. */
  readonly name: string;
  readonly object: unknown;
}

type Path = readonly (string | number)[];

/** Everything that is made of an object by changing one member: leaving it out, emptying it, or giving it a value that is out of range. Of lists only the first item of each shape; its metadata stays as it is, and with `under` everything but what is there. */
export function* variationsOf(object: unknown, under?: string): Generator<Variation> {
  for (const { path, value } of placesIn(object, [])) {
    const at = textOf(path);
    if (path.length === 0 || path[0] === 'metadata') continue;
    if (under !== undefined && !at.startsWith(under)) continue;
    yield { name: `without ${at}`, object: changed(object, path, undefined) };
    for (const other of othersOf(value)) {
      const shown = JSON.stringify(other);
      yield {
        name: `${at} = ${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}`,
        object: changed(object, path, other),
      };
    }
    if (Array.isArray(value) && value.length > 0)
      yield {
        name: `${at} with its first item twice`,
        object: changed(object, path, [value[0], ...(value as unknown[])]),
      };
  }
}

function othersOf(value: unknown): readonly unknown[] {
  if (typeof value === 'string')
    return ['', 'Bad Value!', 'x'.repeat(300), ...(isIP(value.split('/', 1)[0] ?? '') === 0 ? [] : addresses)];
  if (typeof value === 'number') return [-1, 0, 2_000_000_000];
  if (typeof value === 'boolean') return [!value];
  if (Array.isArray(value)) return [[]];
  return [{}];
}

function* placesIn(value: unknown, path: Path): Generator<{ readonly path: Path; readonly value: unknown }> {
  yield { path, value };
  if (Array.isArray(value)) {
    if (value.length > 0) yield* placesIn(value[0], [...path, 0]);
    // Items of other shapes are places of their own.
    for (let at = 1; at < value.length; at++)
      if (shapeOf(value[at]) !== shapeOf(value[0])) yield* placesIn(value[at], [...path, at]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value))
      if (member !== undefined) yield* placesIn(member, [...path, key]);
  }
}

function shapeOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? Object.keys(value).join() : typeof value;
}

function changed(value: unknown, [first, ...rest]: Path, other: unknown): unknown {
  if (first === undefined) return other;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => (index === first ? changed(item, rest, other) : item));
    return items.filter((item) => item !== undefined);
  }
  return { ...(value as object), [first]: changed((value as Record<string, unknown>)[first], rest, other) };
}

function textOf(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}
