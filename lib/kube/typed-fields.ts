import { isDeepStrictEqual } from 'node:util';
import { FieldSet } from './field-set.ts';
import { itemElement, shapeAt, type MergeShape, type TypeAt } from './merge-shape.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** A child of a value: its path element, its value and where it stands. */
export interface Child {
  readonly element: string;
  readonly value: unknown;
  readonly at: TypeAt;
}

/** The members or items of a value that is not a leaf. An item that comes twice counts once. */
export function childrenOf(shape: MergeShape, value: unknown): ReadonlyMap<string, Child> {
  const children = new Map<string, Child>();
  if (shape.kind === 'object') {
    for (const [name, member] of Object.entries(value as JsonObject)) {
      if (member === undefined) continue;
      const element = `f:${name}`;
      children.set(element, { element, value: member, at: shape.memberAt(name) });
    }
  } else if (shape.kind === 'items') {
    for (const item of value as readonly unknown[]) {
      const element = itemElement(shape.keys, item);
      if (!children.has(element)) children.set(element, { element, value: item, at: shape.itemAt });
    }
  }
  return children;
}

/** Every place that a value fills: leaves, empty structures, and list items as such. */
export function fieldsOf(at: TypeAt, value: unknown): FieldSet {
  const shape = shapeAt(at, value);
  const children = childrenOf(shape, value);
  if (shape.kind === 'leaf' || children.size === 0) return new FieldSet(true, new Map());
  const sets = new Map<string, FieldSet>();
  for (const [element, child] of children) {
    const below = fieldsOf(child.at, child.value);
    sets.set(element, shape.kind === 'items' ? new FieldSet(true, below.children) : below);
  }
  return new FieldSet(false, sets);
}

/** What differs between two values. */
export interface Differences {
  /** Places that are new or have another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

const none: Differences = { changed: FieldSet.empty, removed: FieldSet.empty };

export function compareFields(at: TypeAt, before: unknown, after: unknown): Differences {
  if (before === after) return none;
  if (before === undefined) return { changed: fieldsOf(at, after), removed: FieldSet.empty };
  if (after === undefined) return { changed: FieldSet.empty, removed: fieldsOf(at, before) };
  const shape = shapeAt(at, after);
  const oldShape = shapeAt(at, before);
  if (shape.kind === 'leaf' || oldShape.kind !== shape.kind) {
    return isDeepStrictEqual(before, after)
      ? none
      : { changed: fieldsOf(at, after), removed: fieldsOf(at, before).difference(fieldsOf(at, after)) };
  }
  const old = childrenOf(oldShape, before);
  const now = childrenOf(shape, after);
  const changed = new Map<string, FieldSet>();
  const removed = new Map<string, FieldSet>();
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    const was = old.get(element);
    const is = now.get(element);
    const child = compareFields((is ?? was)?.at ?? at, was?.value, is?.value);
    const isItem = shape.kind === 'items';
    // An item that came or went is itself such a place, whatever is in it.
    const came = isItem && !was ? new FieldSet(true, child.changed.children) : child.changed;
    const went = isItem && !is ? new FieldSet(true, child.removed.children) : child.removed;
    if (!came.isEmpty) changed.set(element, came);
    if (!went.isEmpty) removed.set(element, went);
  }
  return { changed: new FieldSet(false, changed), removed: new FieldSet(false, removed) };
}
