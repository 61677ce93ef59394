import { atomicMaps, atomicStructures, granularStructures, mergeRules } from './merge-keys.ts';
import { fieldType } from './schema-tables.ts';

/** A type that is defined at run time and says itself how its values are merged. */
export interface DefinedType {
  shapeOf(value: unknown): MergeShape;
}

/** The type of an object: the name of a published one (`V1Pod`), or one that is defined at run time; `undefined` when nothing is known of it. */
export type TypeRoot = string | DefinedType | undefined;

/** Where a value stands in its type; `undefined` members mean that nothing is known and the value itself has to say. */
export interface TypeAt {
  readonly type: string | undefined;
  /** Set for places in types that are defined at run time. */
  readonly defined?: DefinedType;
  /** `V1PodSpec.containers`: under which name rules about it are kept. */
  readonly rule: string | undefined;
}

/** How two values at a place are merged. */
export type MergeShape =
  /** As a whole: scalars, atomic lists, maps and structures. */
  | { readonly kind: 'leaf' }
  /** Member by member. */
  | { readonly kind: 'object'; readonly memberAt: (name: string) => TypeAt }
  /** Item by item: by keys, or by value when there are none. */
  | { readonly kind: 'items'; readonly keys: readonly string[]; readonly itemAt: TypeAt };

export const leaf: MergeShape = { kind: 'leaf' };
export const unknownType: TypeAt = { type: undefined, rule: undefined };

/** Keys that may be left out of an item, and what they then are. */
const keyDefaults: ReadonlyMap<string, unknown> = new Map([['protocol', 'TCP']]);

export function rootAt(root: TypeRoot): TypeAt {
  return typeof root === 'object' ? definedAt(root) : { type: root, rule: undefined };
}

export function definedAt(defined: DefinedType): TypeAt {
  return { type: undefined, rule: undefined, defined };
}

export function shapeAt({ type, rule, defined }: TypeAt, value: unknown): MergeShape {
  if (defined) return defined.shapeOf(value);
  if (Array.isArray(value)) {
    const keys = rule === undefined ? undefined : mergeRules[rule]?.mapKeys;
    if (!keys || type === undefined) return leaf;
    return { kind: 'items', keys, itemAt: { type: type.replace(/^\[\]/, ''), rule: undefined } };
  }
  if (typeof value !== 'object' || value === null || type === 'any') return leaf;
  if (type === undefined) return { kind: 'object', memberAt: () => unknownType };
  const isWhole = atomicStructures.has(type) && (rule === undefined || !granularStructures.has(rule));
  if (isWhole || (rule !== undefined && atomicMaps.has(rule))) return leaf;
  if (type.startsWith('{}')) {
    const member: TypeAt = { type: type.slice(2), rule: undefined };
    return { kind: 'object', memberAt: () => member };
  }
  return { kind: 'object', memberAt: (name) => ({ type: fieldType(type, name), rule: `${type}.${name}` }) };
}

/** The path element of a list item: `k:{"name":"a"}` or `v:"a"`. */
export function itemElement(keys: readonly string[], item: unknown): string {
  if (keys.length === 0 || typeof item !== 'object' || item === null) return `v:${JSON.stringify(item)}`;
  const values = item as Readonly<Record<string, unknown>>;
  const own = (key: string) => (Object.hasOwn(values, key) ? values[key] : undefined);
  const told = [...keys].sort().map((key) => [key, own(key) ?? keyDefaults.get(key) ?? null]);
  return `k:${JSON.stringify(Object.fromEntries(told))}`;
}
