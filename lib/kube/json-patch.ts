import { isDeepStrictEqual } from 'node:util';
import { PatchError } from './patch-error.ts';

/** More operations than this are not a patch that a person or a controller sends; upstream's limit. */
const MAX_OPERATIONS = 10_000;

type Json = unknown;

/** Applies an RFC 6902 patch and returns the result; `document` is not changed. Throws `PatchError`. */
export function applyJsonPatch(document: Json, patch: unknown): Json {
  if (!Array.isArray(patch)) throw new PatchError('invalid', 'json patch must be a list of operations');
  if (patch.length > MAX_OPERATIONS) {
    throw new PatchError(
      'tooLarge',
      `The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`,
    );
  }
  let result = document;
  for (const operation of patch) result = applyOperation(result, operation);
  return result;
}

function applyOperation(document: Json, operation: unknown): Json {
  if (typeof operation !== 'object' || operation === null)
    throw new PatchError('invalid', 'an operation is not an object');
  const { op, path, from, value } = operation as Readonly<Record<string, unknown>>;
  if (typeof path !== 'string') throw new PatchError('unprocessable', 'an operation has no path');
  const at = parsePointer(path);
  switch (op) {
    case 'add':
      return put(document, at, value ?? null, 'insert', path);
    case 'replace':
      return put(document, at, value ?? null, 'replace', path);
    case 'remove':
      return remove(document, at, path);
    case 'test':
      if (!isDeepStrictEqual(find(document, at)?.value ?? null, value ?? null)) {
        throw new PatchError('testFailed', `testing value ${path} failed: test failed`);
      }
      return document;
    case 'move':
    case 'copy': {
      if (typeof from !== 'string') throw new PatchError('unprocessable', `operation ${op} has no from`);
      const source = parsePointer(from);
      const found = find(document, source);
      if (!found) throw missing(op, from);
      if (op === 'move' && path.startsWith(`${from}/`)) {
        throw new PatchError('unprocessable', `move operation does not apply: ${path} is inside of ${from}`);
      }
      return put(op === 'move' ? remove(document, source, from) : document, at, found.value, 'insert', path);
    }
    default:
      throw new PatchError('unprocessable', `Unexpected kind: ${String(op)}`);
  }
}

function parsePointer(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/'))
    throw new PatchError('unprocessable', `path ${JSON.stringify(pointer)} does not begin with a slash`);
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function find(document: Json, at: readonly string[]): { readonly value: Json } | undefined {
  let value = document;
  for (const part of at) {
    if (Array.isArray(value)) {
      const index = indexOf(part, value.length - 1);
      if (index === undefined) return undefined;
      value = value[index] as Json;
    } else if (isObject(value) && Object.hasOwn(value, part)) {
      value = value[part];
    } else return undefined;
  }
  return { value };
}

function put(document: Json, at: readonly string[], value: Json, mode: 'insert' | 'replace', path: string): Json {
  const [part, ...rest] = at;
  if (part === undefined) return value;
  const operation = mode === 'insert' ? 'add' : 'replace';
  if (Array.isArray(document)) {
    const copy: Json[] = [...(document as Json[])];
    const isInsertion = rest.length === 0 && mode === 'insert';
    const index =
      isInsertion && part === '-' ? copy.length : indexOf(part, isInsertion ? copy.length : copy.length - 1);
    if (index === undefined) throw missing(operation, path);
    if (isInsertion) copy.splice(index, 0, value);
    else copy[index] = put(copy[index], rest, value, mode, path);
    return copy;
  }
  if (!isObject(document)) throw missing(operation, path);
  const exists = Object.hasOwn(document, part);
  // A member that is not there yet is added by a replacement, too: upstream's library does so, and people rely on it.
  if (!exists && rest.length > 0) throw missing(operation, path);
  return withMember(document, part, rest.length === 0 ? value : put(document[part], rest, value, mode, path));
}

function remove(document: Json, at: readonly string[], path: string): Json {
  const [part, ...rest] = at;
  if (part === undefined)
    throw new PatchError('unprocessable', 'remove operation does not apply: the root cannot be removed');
  if (Array.isArray(document)) {
    const index = indexOf(part, document.length - 1);
    if (index === undefined) throw missing('remove', path);
    const copy: Json[] = [...(document as Json[])];
    if (rest.length === 0) copy.splice(index, 1);
    else copy[index] = remove(copy[index], rest, path);
    return copy;
  }
  if (!isObject(document) || !Object.hasOwn(document, part)) throw missing('remove', path);
  if (rest.length > 0) return withMember(document, part, remove(document[part], rest, path));
  return Object.fromEntries(Object.entries(document).filter(([name]) => name !== part));
}

/** A copy with one member set; safe for `__proto__`. */
function withMember(object: Readonly<Record<string, Json>>, name: string, value: Json): Json {
  return Object.fromEntries([...Object.entries(object).filter(([other]) => other !== name), [name, value]]);
}

function indexOf(part: string, last: number): number | undefined {
  if (!/^(0|[1-9]\d{0,9})$/.test(part)) return undefined;
  const index = Number(part);
  return index <= last ? index : undefined;
}

function isObject(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function missing(operation: string, path: string): PatchError {
  const what = operation === 'replace' ? `key: ${path}` : `path: "${path}"`;
  return new PatchError(
    'unprocessable',
    `${operation} operation does not apply: doc is missing ${what}: missing value`,
  );
}
