import { mergeRules, type MergeRule } from './merge-keys.ts';
import { PatchError } from './patch-error.ts';
import { fieldType } from './schema-tables.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const directives = {
  patch: '$patch',
  retainKeys: '$retainKeys',
  deleteFromList: '$deleteFromPrimitiveList/',
  order: '$setElementOrder/',
} as const;

/**
 * Applies a strategic merge patch to an object of a published type (`V1Deployment`) and returns the result; neither argument is changed, and unchanged parts are shared.
 * Structures are merged; lists are merged by their merge key or as sets where the API says so and replaced otherwise. Throws `PatchError`.
 * Source: Kubernetes' "strategic merge patch" design and `apimachinery/pkg/util/strategicpatch`.
 */
export function applyStrategicMergePatch(typeName: string, original: unknown, patch: unknown): unknown {
  if (!isObject(patch)) throw new PatchError('invalid', 'a strategic merge patch must be an object');
  return mergeStructures(typeName, isObject(original) ? original : {}, patch);
}

function mergeStructures(type: string | undefined, original: JsonObject, patch: JsonObject): JsonObject {
  const directive = patch[directives.patch];
  if (directive === 'replace') return withoutDirectives(type, patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') {
    throw new PatchError('invalid', `unexpected value for $patch: ${JSON.stringify(directive)}`);
  }
  const result = new Map(Object.entries(retained(original, patch)));
  for (const [name, value] of Object.entries(patch)) {
    if (name === directives.patch || name === directives.retainKeys) continue;
    if (name.startsWith(directives.order)) continue;
    if (name.startsWith(directives.deleteFromList)) {
      const field = name.slice(directives.deleteFromList.length);
      if (patch[field] === undefined) mergeMember(result, type, field, undefined, patch);
    } else if (value === null) result.delete(name);
    else mergeMember(result, type, name, value, patch);
  }
  // A list whose order alone is given.
  for (const name of Object.keys(patch)) {
    if (!name.startsWith(directives.order)) continue;
    const field = name.slice(directives.order.length);
    if (patch[field] === undefined && patch[`${directives.deleteFromList}${field}`] === undefined) {
      mergeMember(result, type, field, undefined, patch);
    }
  }
  return Object.fromEntries(result);
}

function mergeMember(
  result: Map<string, unknown>,
  type: string | undefined,
  field: string,
  value: unknown,
  patch: JsonObject,
): void {
  const current = result.get(field);
  const childType = memberType(type, field);
  const rule = type === undefined ? undefined : mergeRules[`${type}.${field}`];
  if (Array.isArray(value) || (value === undefined && Array.isArray(current))) {
    const list = { original: listOf(current), patch: listOf(value), itemType: childType?.replace(/^\[\]/, '') };
    result.set(field, mergeLists(field, rule, list, patch));
  } else if (isObject(value) && rule?.patch?.includes('replace') === true) {
    result.set(field, withoutDirectives(childType, value));
  } else if (isObject(value)) {
    result.set(field, mergeStructures(childType, isObject(current) ? current : {}, value));
  } else if (value !== undefined) result.set(field, value);
}

interface ListMerge {
  readonly original: readonly unknown[];
  readonly patch: readonly unknown[];
  readonly itemType: string | undefined;
}

function mergeLists(
  field: string,
  rule: MergeRule | undefined,
  list: ListMerge,
  siblings: JsonObject,
): readonly unknown[] {
  if (rule?.patch?.includes('merge') !== true) {
    return list.patch.map((item) => (isObject(item) ? withoutDirectives(list.itemType, item) : item));
  }
  const order = siblings[`${directives.order}${field}`];
  const idOf = rule.patchKey === undefined ? scalarId : keyedId(field, rule.patchKey);
  const merged =
    rule.patchKey === undefined
      ? mergeScalars(list, siblings[`${directives.deleteFromList}${field}`])
      : mergeItems(list, rule.patchKey, idOf);
  // Who says nothing of the order means that of the patch, new items before the others.
  const given = Array.isArray(order) ? order : list.patch.filter((item) => !isDirective(item));
  return ordered(merged, given, list.original, idOf);
}

/** `$patch: replace` as an item of its own, or an item that is to go. */
function isDirective(item: unknown): boolean {
  return isObject(item) && item[directives.patch] !== undefined;
}

function mergeScalars({ original, patch }: ListMerge, removed: unknown): readonly unknown[] {
  const gone = new Set(Array.isArray(removed) ? removed.map(scalarId) : []);
  const kept = original.filter((item) => !gone.has(scalarId(item)));
  const seen = new Set<string>();
  return [...kept, ...patch].filter((item) => {
    const id = scalarId(item);
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}

function mergeItems({ original, patch, itemType }: ListMerge, key: string, idOf: IdOf): readonly unknown[] {
  const items = patch.map((item) => {
    if (!isObject(item)) throw new PatchError('invalid', `list items must be objects with the merge key ${key}`);
    return item;
  });
  const isReplacement = items.some((item) => item[directives.patch] === 'replace' && item[key] === undefined);
  const result = new Map<string, unknown>();
  if (!isReplacement) for (const item of original) result.set(idOf(item), item);
  for (const item of items) {
    const directive = item[directives.patch];
    if (directive === 'replace' && item[key] === undefined) continue;
    const id = idOf(item);
    if (directive === 'delete') result.delete(id);
    else {
      const current = result.get(id);
      result.set(id, mergeStructures(itemType, isObject(current) ? current : {}, item));
    }
  }
  return [...result.values()];
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
  const wanted = new Map(order.map((item, at) => [idOf(item), at]));
  const server = new Map(serverItems.map((item, at) => [idOf(item), at]));
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

/** What a patch means where there was nothing before: itself, without instructions and nulls. */
function withoutDirectives(type: string | undefined, patch: JsonObject): JsonObject {
  const { [directives.patch]: _, ...rest } = patch;
  return mergeStructures(type, {}, rest);
}

type IdOf = (item: unknown) => string;

function scalarId(item: unknown): string {
  return JSON.stringify(item);
}

function keyedId(field: string, key: string): IdOf {
  return (item) => {
    const value = isObject(item) ? item[key] : undefined;
    if (value === undefined || value === null) {
      throw new PatchError(
        'invalid',
        `map: ${JSON.stringify(item)} of ${field} does not contain declared merge key: ${key}`,
      );
    }
    return JSON.stringify(value);
  };
}

/** The type of a member of a structure or of a map's values. */
function memberType(type: string | undefined, field: string): string | undefined {
  if (type === undefined) return undefined;
  return type.startsWith('{}') ? type.slice(2) : fieldType(type, field);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
