import { FieldSet } from './field-set.ts';
import { shapeAt, type TypeAt } from './merge-shape.ts';
import { childrenOf, type Child } from './typed-fields.ts';

/** The live value with what the applied configuration says laid over it. Neither argument is changed. */
export function mergeTyped(at: TypeAt, live: unknown, applied: unknown): unknown {
  if (live === undefined) return applied;
  const shape = shapeAt(at, applied);
  const liveShape = shapeAt(at, live);
  if (shape.kind === 'leaf' || liveShape.kind !== shape.kind) return applied;
  const mine = childrenOf(shape, applied);
  const theirs = childrenOf(liveShape, live);
  const merged = (child: Child) => mergeTyped(child.at, theirs.get(child.element)?.value, child.value);
  if (shape.kind === 'object') {
    const result = new Map<string, unknown>();
    for (const child of theirs.values()) result.set(nameOf(child), child.value);
    for (const child of mine.values()) result.set(nameOf(child), merged(child));
    return Object.fromEntries(result);
  }
  return inOrder([...theirs.values()], [...mine.values()]).map((child) =>
    mine.has(child.element) ? merged(mine.get(child.element) ?? child) : child.value,
  );
}

/** A value without the places in `fields`; a member goes with everything in it. Structures and lists that become empty go too. */
export function removeFields(at: TypeAt, value: unknown, fields: FieldSet): unknown {
  if (fields.isMember) return undefined;
  const shape = shapeAt(at, value);
  if (shape.kind === 'leaf') return value;
  const kept: [Child, unknown][] = [];
  let isChanged = false;
  for (const child of childrenOf(shape, value).values()) {
    const below = fields.children.get(child.element);
    const rest = below ? removeFields(child.at, child.value, withoutKeys(child.element, below)) : child.value;
    if (rest !== child.value) isChanged = true;
    if (rest !== undefined) kept.push([child, rest]);
  }
  if (!isChanged) return value;
  if (kept.length === 0) return undefined;
  return shape.kind === 'object'
    ? Object.fromEntries(kept.map(([child, rest]) => [nameOf(child), rest]))
    : kept.map(([, rest]) => rest);
}

/** Items of both lists: in the applied order, with those that are only live kept where they stood relative to their neighbours, before new ones. */
function inOrder(live: readonly Child[], applied: readonly Child[]): readonly Child[] {
  const wanted = new Set(applied.map(({ element }) => element));
  const places = new Map(live.map(({ element }, place) => [element, place]));
  const result: Child[] = [];
  let next = 0;
  for (const child of applied) {
    const place = places.get(child.element);
    for (; next < live.length; next++) {
      const other = live[next];
      // A new item goes after what is only live and stands here; an item that was there goes where it was.
      if (!other || (wanted.has(other.element) && (place === undefined || next >= place))) break;
      if (!wanted.has(other.element)) result.push(other);
    }
    result.push(child);
  }
  return [...result, ...live.slice(next).filter(({ element }) => !wanted.has(element))];
}

/** The keys of an item stay as long as the item does. */
function withoutKeys(element: string, fields: FieldSet): FieldSet {
  if (!element.startsWith('k:') || fields.isMember) return fields;
  const keys = Object.keys(JSON.parse(element.slice(2)) as object);
  return new FieldSet(false, new Map([...fields.children].filter(([member]) => !keys.includes(member.slice(2)))));
}

function nameOf({ element }: Child): string {
  return element.slice(2);
}
