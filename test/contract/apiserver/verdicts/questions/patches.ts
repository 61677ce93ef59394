import type { BaseObject, Members } from '../base-object.ts';
import { placeOf } from '../judge.ts';
import type { Question, Questions } from './question.ts';

type Path = readonly (string | number)[];

/** Patches of each type at each place of an object. */
export function patchesOf(kind: string, base: BaseObject): Questions {
  const isCustom = kind === 'Database';
  const at = placeOf(base);
  const asked: Record<string, Question> = {};
  const add = (type: keyof typeof types, body: unknown) => {
    const query = type === 'apply' ? 'dryRun=All&fieldManager=other' : 'dryRun=All';
    const name = `${type} ${JSON.stringify(body)}`;
    asked[name] = { method: 'PATCH', path: `${at}?${query}`, contentType: types[type], body: JSON.stringify(body) };
    if (type === 'apply')
      asked[`${name} by force`] = { ...asked[name], method: 'PATCH', path: `${at}?${query}&force=true` };
  };
  const identity = { apiVersion: apiVersionOf(base), kind, metadata: { name: nameOf(base) } };
  for (const { path, value } of placesIn(base.object, [])) {
    if (path.length === 0 || (path[0] === 'metadata' && path.length > 2)) continue;
    if (path.length === 1 && ['apiVersion', 'kind', 'metadata'].includes(String(path[0]))) continue;
    if (path[0] === 'metadata' && path[1] === 'name') continue;
    for (const other of mergedInto(value)) {
      if (!path.some((part) => typeof part === 'number')) add('merge', nested(path, other, base.object));
      if (!isCustom) add('strategic', nested(path, other, base.object));
    }
    if (!isCustom)
      for (const other of directives(value, path)) add('strategic', nested(path.slice(0, -1), other, base.object));
    for (const operation of operations(value, path)) add('json', [operation]);
    if (path[0] !== 'metadata') {
      add('apply', { ...identity, ...(nested(path, value, base.object) as Members) });
      for (const other of applied(value))
        add('apply', { ...identity, ...(nested(path, other, base.object) as Members) });
    }
  }
  return { objects: [base], asked, keeps: { changesOf: at } };
}

const types = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

function* mergedInto(value: unknown): Generator {
  yield null;
  if (Array.isArray(value)) {
    const [first] = value as readonly unknown[];
    yield [first];
    yield [];
    yield [otherThan(first)];
    if (isObject(first)) {
      yield [{ ...first, $patch: 'delete' }];
      yield [{ $patch: 'replace' }, otherThan(first)];
      yield [{}];
    } else yield [otherThan(first), first];
  } else if (isObject(value)) {
    yield {};
    yield { $patch: 'replace' };
    yield { $patch: 'delete' };
    yield { $retainKeys: Object.keys(value).slice(0, 1) };
  } else {
    yield otherThan(value);
    yield {};
  }
}

function* applied(value: unknown): Generator {
  if (Array.isArray(value)) yield [otherThan(value[0])];
  else if (isObject(value)) yield {};
  else yield otherThan(value);
}

/** Directives stand beside the list that they are about. */
function* directives(value: unknown, path: Path): Generator {
  const name = path.at(-1);
  if (!Array.isArray(value) || typeof name !== 'string') return;
  const [first] = value as readonly unknown[];
  if (isObject(first)) {
    const keys = keyOf(first);
    yield { [`$setElementOrder/${name}`]: [keys] };
    yield { [`$setElementOrder/${name}`]: [otherThan(keys), keys], [name]: [otherThan(first)] };
  } else {
    yield { [`$deleteFromPrimitiveList/${name}`]: [first] };
    yield { [`$setElementOrder/${name}`]: [otherThan(first), first], [name]: [otherThan(first)] };
  }
}

function* operations(value: unknown, path: Path): Generator {
  const pointer = `/${path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1')).join('/')}`;
  yield { op: 'remove', path: pointer };
  yield { op: 'test', path: pointer, value };
  yield { op: 'test', path: pointer, value: otherThan(value) };
  yield { op: 'replace', path: pointer, value: Array.isArray(value) ? [] : {} };
  if (Array.isArray(value)) {
    yield { op: 'add', path: `${pointer}/-`, value: otherThan(value[0]) };
    yield { op: 'add', path: `${pointer}/0`, value: otherThan(value[0]) };
    yield { op: 'remove', path: `${pointer}/9` };
    yield { op: 'move', from: `${pointer}/0`, path: `${pointer}/-` };
  } else if (!isObject(value)) yield { op: 'replace', path: pointer, value: otherThan(value) };
  else yield { op: 'copy', from: pointer, path: `${pointer}/copied` };
}

function otherThan(value: unknown): unknown {
  if (typeof value === 'string') return `${value}2`;
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (Array.isArray(value)) return value.map(otherThan);
  if (!isObject(value)) return value;
  const [first] = Object.entries(value);
  return first ? { ...value, [first[0]]: otherThan(first[1]) } : value;
}

/** Items of a list are found by the first of their members that is plain. */
function keyOf(item: Members): Members {
  const [name, value] = Object.entries(item).find(([, member]) => typeof member !== 'object') ?? [];
  return name === undefined ? {} : { [name]: value };
}

/** The value at its path, as a patch has it. */
function nested([first, ...rest]: Path, value: unknown, within: unknown): unknown {
  if (first === undefined) return value;
  if (typeof first === 'number') {
    const item = (within as readonly unknown[])[first];
    const inner = nested(rest, value, item);
    return [isObject(item) && isObject(inner) && rest.length > 0 ? { ...keyOf(item), ...inner } : inner];
  }
  return { [first]: nested(rest, value, (within as Members)[first]) };
}

function* placesIn(value: unknown, path: Path): Generator<{ readonly path: Path; readonly value: unknown }> {
  yield { path, value };
  if (Array.isArray(value)) yield* placesIn(value[0], [...path, 0]);
  else if (isObject(value))
    for (const [key, member] of Object.entries(value))
      if (member !== undefined) yield* placesIn(member, [...path, key]);
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf({ object }: BaseObject): string {
  return (object['metadata'] as { readonly name: string }).name;
}

function apiVersionOf({ path }: BaseObject): string {
  const [, root = '', first = '', second = ''] = path.split('/');
  return root === 'api' ? first : `${first}/${second}`;
}
