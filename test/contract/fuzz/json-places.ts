/** Where in a value something is. */
export type Path = readonly (string | number)[];

export interface Place {
  readonly path: Path;
  readonly value: unknown;
}

/** Every member of a value, at whatever depth; not the value itself. */
export function* placesIn(value: unknown, path: Path = []): Generator<Place> {
  if (path.length > 0) yield { path, value };
  const members = Array.isArray(value)
    ? [...(value as unknown[]).entries()]
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [];
  for (const [part, member] of members) yield* placesIn(member, [...path, part]);
}

/** A copy with another member, or without it when it is `undefined`. What is missing on the way is made, and an index beyond the end appends. */
export function changed(value: unknown, path: Path, member: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return member;
  if (typeof part === 'number') {
    const items: unknown[] = Array.isArray(value) ? [...(value as unknown[])] : [];
    const at = Math.min(part, items.length);
    if (member === undefined && rest.length === 0) items.splice(at, 1);
    else items[at] = changed(items[at], rest, member);
    return items;
  }
  const object = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  const others = Object.entries(object).filter(([name]) => name !== part);
  if (member === undefined && rest.length === 0) return Object.fromEntries(others);
  const before: unknown = Object.hasOwn(object, part) ? (object as Record<string, unknown>)[part] : undefined;
  return Object.fromEntries([...others, [part, changed(before, rest, member)]]);
}
