import { globMatches } from './mapping/glob.ts';

/** `filter_path`: keeps only what the patterns name (`hits.hits._source`, `*.count`, `**.error`). Exclusions (`-took`) are taken away first. */
export function filterPath(body: unknown, patterns: readonly string[]): unknown {
  const excludes = patterns.filter((pattern) => pattern.startsWith('-')).map((pattern) => pattern.slice(1).split('.'));
  const includes = patterns.filter((pattern) => !pattern.startsWith('-')).map((pattern) => pattern.split('.'));
  const rest = excludes.reduce((value, pattern) => without(value, pattern), body);
  return includes.length === 0 ? rest : (keep(rest, includes) ?? {});
}

function keep(value: unknown, patterns: readonly (readonly string[])[]): unknown {
  if (patterns.some((pattern) => pattern.length === 0)) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => keep(item, patterns)).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const kept: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    const next = patterns.flatMap((pattern) => {
      const [head, ...tail] = pattern;
      if (head === '**') return [pattern, ...(globMatches(tail[0] ?? '*', key) ? [tail.slice(1)] : [])];
      return head !== undefined && globMatches(head, key) ? [tail] : [];
    });
    const inner = next.length > 0 ? keep(item, next) : undefined;
    if (inner !== undefined) kept[key] = inner;
  }
  return Object.keys(kept).length > 0 ? kept : undefined;
}

function without(value: unknown, pattern: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, pattern));
  if (typeof value !== 'object' || value === null) return value;
  const [head, ...tail] = pattern;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      if (head === undefined || !globMatches(head, key)) return [[key, item]];
      return tail.length === 0 ? [] : [[key, without(item, tail)]];
    }),
  );
}
