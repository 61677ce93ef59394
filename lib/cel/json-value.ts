import { CelError } from './cel-error.ts';
import { CelObject } from './objects.ts';

/** What an expression evaluated to, as JSON. Throws `CelError` for what JSON cannot say. */
export function celToJson(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return Number(value);
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      break;
    default:
      throw new CelError(`a ${typeof value} cannot be converted to JSON`);
  }
  if (value === null) return null;
  if (Array.isArray(value) || value instanceof Set) return Array.from(value as Iterable<unknown>, celToJson);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof CelObject)
    return Object.fromEntries([...value.fields].map(([name, member]) => [unescapedName(name), celToJson(member)]));
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([name, member]) => [String(name), celToJson(member)]));
  if (Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, celToJson(member)]));
  throw new CelError(`a ${value.constructor.name} cannot be converted to JSON`);
}

/** `my__dash__field` → `my-field`, `__in__` → `in`. */
function unescapedName(name: string): string {
  if (!name.includes('__')) return name;
  const known: Readonly<Record<string, string>> = { underscores: '__', dot: '.', dash: '-', slash: '/' };
  return name.replaceAll(/__(underscores|dot|dash|slash)__|^__([a-z]+)__$/g, (_, mark?: string, word?: string) =>
    mark === undefined ? (word ?? '') : (known[mark] ?? ''),
  );
}
