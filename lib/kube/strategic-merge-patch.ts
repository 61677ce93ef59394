import { mergeRules, type MergeRule } from './merge-keys.ts';
import { PatchError } from './patch-error.ts';
import { fieldType, schemaTables } from './schema-tables.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const directives = {
  patch: '$patch',
  retainKeys: '$retainKeys',
  deleteFromList: '$deleteFromPrimitiveList/',
  order: '$setElementOrder/',
} as const;

/**
 * Applies a strategic merge patch to an object of a published type (`V1Deployment`) and returns the result; neither argument is changed, and unchanged parts are shared.
 * Structures are merged; lists are merged by their merge key or as sets where the API says so and replaced otherwise. What replaces something is taken as it is: instructions
 * in it are members that no type has. Throws `PatchError`.
 * Source: Kubernetes' "strategic merge patch" design and `apimachinery/pkg/util/strategicpatch`.
 */
export function applyStrategicMergePatch(typeName: string, original: unknown, patch: unknown): unknown {
  if (!isObject(patch)) throw new PatchError('invalid', 'a strategic merge patch must be an object');
  return mergeStructures(typeName, isObject(original) ? original : {}, patch);
}

function mergeStructures(type: string | undefined, original: JsonObject, patch: JsonObject): JsonObject {
  const { [directives.patch]: directive, ...members } = patch;
  if (directive === 'replace') return members;
  if (directive === 'delete') return {};
  if (directive !== undefined) throw unexpected(directive);
  const result = new Map(Object.entries(retained(original, patch)));
  const done = mergeOrdered(result, type, patch);
  for (const [name, value] of Object.entries(patch)) {
    if (name === directives.retainKeys || name.startsWith(directives.order) || done.has(name)) continue;
    if (name.startsWith(directives.deleteFromList))
      deleteFrom(result, name.slice(directives.deleteFromList.length), value);
    else if (value === null) result.delete(name);
    else mergeMember(result, type, name, value);
  }
  return Object.fromEntries(result);
}

function mergeMember(result: Map<string, unknown>, type: string | undefined, field: string, value: unknown): void {
  const current = result.get(field);
  const childType = memberType(type, field);
  const rule = ruleOf(type, field);
  let merged: unknown;
  if (Array.isArray(value) && Array.isArray(current)) {
    merged = mergeLists({ field, rule, original: current, patch: value, itemType: itemTypeOf(childType) });
  } else if (isObject(value) && (isObject(current) || isStructure(childType))) {
    const isReplaced = rule?.patch?.includes('replace') === true;
    merged = isReplaced ? value : mergeStructures(childType, isObject(current) ? current : {}, value);
  } else merged = withoutDirectives(value);
  if (merged === undefined) result.delete(field);
  else result.set(field, merged);
}

/** Lists of which the patch gives the order, with what it says of their items. Returns their names. */
function mergeOrdered(result: Map<string, unknown>, type: string | undefined, patch: JsonObject): ReadonlySet<string> {
  const done = new Set<string>();
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(directives.order)) continue;
    const field = name.slice(directives.order.length);
    const current = result.get(field);
    const value = patch[field];
    if (!Array.isArray(order)) throw new PatchError('invalid', 'invalid patch format of $setElementOrder list');
    if (value === null) continue;
    if (value !== undefined) mergeMember(result, type, field, value);
    const merged = result.get(field);
    if (!Array.isArray(merged)) continue;
    const idOf = idIn(field, ruleOf(type, field));
    result.set(field, ordered(merged, order, Array.isArray(current) ? current : [], idOf));
    done.add(field);
  }
  return done;
}

function deleteFrom(result: Map<string, unknown>, field: string, removed: unknown): void {
  const current = result.get(field);
  if (!Array.isArray(current) || !Array.isArray(removed)) return;
  const gone = new Set(removed.map(scalarId));
  result.set(
    field,
    current.filter((item) => !gone.has(scalarId(item))),
  );
}

interface ListMerge {
  readonly field: string;
  readonly rule: MergeRule | undefined;
  readonly original: readonly unknown[];
  readonly patch: readonly unknown[];
  readonly itemType: string | undefined;
}

function mergeLists(list: ListMerge): readonly unknown[] {
  const { field, rule, original, patch } = list;
  if (rule?.patch?.includes('merge') !== true) return patch;
  checkAlike([...original, ...patch]);
  const idOf = idIn(field, rule);
  const merged = rule.patchKey === undefined ? union(original, patch) : mergeItems(list, rule.patchKey, idOf);
  // Who says nothing of the order means that of the patch, new items before the others.
  const order = patch.filter((item) => !isDirective(item));
  return ordered(merged, order, original, idOf);
}

/** All items are of one JSON type. */
function checkAlike(items: readonly unknown[]): void {
  const [first] = items;
  if (!items.every((item) => typeof item === typeof first && (item === null) === (first === null)))
    throw new PatchError('invalid', 'list element types are not identical');
}

/** An instruction as an item of its own, or an item that is to go. */
function isDirective(item: unknown): boolean {
  return isObject(item) && item[directives.patch] !== undefined;
}

function union(original: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  const byId = new Map<string, unknown>();
  for (const item of [...original, ...patch]) {
    const id = scalarId(item);
    if (!byId.has(id)) byId.set(id, item);
  }
  return [...byId.values()];
}

/** An item of the patch changes the first that has its key. Others with the same key stay as they are: some keys are not all that tells items apart. */
function mergeItems({ original, patch, itemType }: ListMerge, key: string, idOf: IdOf): readonly unknown[] {
  const items = patch.map((item) => {
    if (!isObject(item)) throw new PatchError('invalid', `list items must be objects with the merge key ${key}`);
    return item;
  });
  const gone = new Set<string>();
  let isReplacement = false;
  for (const item of items) {
    const directive = item[directives.patch];
    if (directive === 'replace') isReplacement = true;
    else if (directive === 'delete') gone.add(idOf(item));
    else if (directive !== undefined) throw unexpected(directive);
  }
  const changes = items.filter((item) => !isDirective(item));
  if (isReplacement) return changes;
  const result = gone.size === 0 ? [...original] : original.filter((item) => !gone.has(idOf(item)));
  const places = firstPlaces(result, idOf);
  for (const item of changes) {
    const id = idOf(item);
    const place = places.get(id);
    if (place === undefined) places.set(id, result.push(item) - 1);
    else {
      const current = result[place];
      result[place] = mergeStructures(itemType, isObject(current) ? current : {}, item);
    }
  }
  return result;
}

/**
 * Brings the items that the patch's author listed into that order. Items that only the server knows keep their place relative to the others as far as
 * the server's old order says it.
 */
function ordered(
  merged: readonly unknown[],
  order: readonly unknown[],
  serverItems: readonly unknown[],
  idOf: IdOf,
): readonly unknown[] {
  const wanted = firstPlaces(order, idOf);
  const server = firstPlaces(serverItems, idOf);
  const placeOf = (item: unknown) => wanted.get(idOf(item)) ?? order.length;
  const isListed = (item: unknown) => wanted.has(idOf(item)) || !server.has(idOf(item));
  const listed = merged.filter(isListed).sort((a, b) => placeOf(a) - placeOf(b));
  const others = merged.filter((item) => !isListed(item));
  const result: unknown[] = [];
  let next = 0;
  for (const item of listed) {
    // An item that the server did not have comes before the others that are left.
    const place = server.get(idOf(item)) ?? -1;
    while (next < others.length && (server.get(idOf(others[next])) ?? 0) < place) {
      result.push(others[next++]);
    }
    result.push(item);
  }
  return [...result, ...others.slice(next)];
}

function firstPlaces(items: readonly unknown[], idOf: IdOf): Map<string, number> {
  const places = new Map<string, number>();
  for (const [at, item] of items.entries()) {
    const id = idOf(item);
    if (!places.has(id)) places.set(id, at);
  }
  return places;
}

/** With `$retainKeys`, only the members named there stay. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[directives.retainKeys];
  if (keys === undefined) return original;
  if (!Array.isArray(keys)) throw new PatchError('invalid', 'invalid patch format of $retainKeys');
  const names = new Set(keys.map(String));
  for (const [name, value] of Object.entries(patch)) {
    if (!name.startsWith('$') && value !== null && !names.has(name)) {
      throw new PatchError('invalid', 'patch contains keys that are not in $retainKeys list');
    }
  }
  return Object.fromEntries(Object.entries(original).filter(([name]) => names.has(name)));
}

/** What a patch says where there is nothing of the same shape: without nulls, and without whatever carries a `$patch`. `undefined` when nothing is left. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (isDirective(value)) return undefined;
  const members = Object.entries(value).map(([name, member]) => [name, withoutDirectives(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined && member !== null));
}

function unexpected(directive: unknown): PatchError {
  return new PatchError('invalid', `unexpected value for $patch: ${JSON.stringify(directive)}`);
}

type IdOf = (item: unknown) => string;

function idIn(field: string, rule: MergeRule | undefined): IdOf {
  return rule?.patchKey === undefined ? scalarId : keyedId(field, rule.patchKey);
}

function scalarId(item: unknown): string {
  return JSON.stringify(item);
}

function keyedId(field: string, key: string): IdOf {
  return (item) => {
    if (isObject(item) && Object.hasOwn(item, key)) return JSON.stringify(item[key]);
    throw new PatchError(
      'invalid',
      `map: ${JSON.stringify(item)} of ${field} does not contain declared merge key: ${key}`,
    );
  };
}

function ruleOf(type: string | undefined, field: string): MergeRule | undefined {
  return type === undefined ? undefined : mergeRules[`${type}.${field}`];
}

/** The type of a member of a structure or of a map's values. */
function memberType(type: string | undefined, field: string): string | undefined {
  if (type === undefined) return undefined;
  return type.startsWith('{}') ? type.slice(2) : fieldType(type, field);
}

function itemTypeOf(type: string | undefined): string | undefined {
  return type?.replace(/^\[\]/, '');
}

/** Upstream's structures are there even when there is nothing in them; maps and lists are not. */
function isStructure(type: string | undefined): boolean {
  return type !== undefined && Object.hasOwn(schemaTables().types, type);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
