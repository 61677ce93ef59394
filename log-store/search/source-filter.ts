import { globMatches } from '../mapping/glob.ts';
import { textOf } from '../text-of.ts';

/** What of a document an answer shows. `undefined` = nothing. */
export type SourceFilter = (source: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

/** `_source`: true, false, a pattern, a list, or `{includes, excludes}`. `'whole'` lets the stored bytes go out as they are. */
export function parseSourceFilter(spec: unknown): 'whole' | 'none' | SourceFilter {
  if (spec === undefined || spec === null || spec === true || spec === 'true') return 'whole';
  if (spec === false || spec === 'false') return 'none';
  const options =
    typeof spec === 'object' && !Array.isArray(spec) ? (spec as Readonly<Record<string, unknown>>) : { includes: spec };
  const includes = listOf(options['includes'] ?? options['include']);
  const excludes = listOf(options['excludes'] ?? options['exclude']);
  if (includes.length === 0 && excludes.length === 0) return 'whole';
  return (source) => filterObject(source, '', includes, excludes);
}

function filterObject(
  object: Readonly<Record<string, unknown>>,
  prefix: string,
  includes: readonly string[],
  excludes: readonly string[],
): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    const path = prefix + key;
    if (excludes.some((pattern) => globMatches(pattern, path))) continue;
    const included = includes.length === 0 || includes.some((pattern) => globMatches(pattern, path));
    const filtered = filterValue(value, path, included ? [] : includes, excludes, included);
    if (filtered !== undefined) kept[key] = filtered;
  }
  return kept;
}

/** What is left of a value; `undefined` when nothing is. Objects of which only the frame is left stay where they were asked for themselves. */
function filterValue(
  value: unknown,
  path: string,
  includes: readonly string[],
  excludes: readonly string[],
  included: boolean,
): unknown {
  if (Array.isArray(value)) {
    const items = value.flatMap((item: unknown) => {
      const filtered = filterValue(item, path, includes, excludes, included);
      return filtered === undefined || isEmptyObject(filtered) !== isEmptyObject(item) ? [] : [filtered];
    });
    return items.length > 0 || included ? items : undefined;
  }
  if (typeof value !== 'object' || value === null) return included ? value : undefined;
  if (!included && !includes.some((pattern) => mayNameBelow(pattern, path))) return undefined;
  const inner = filterObject(value as Record<string, unknown>, `${path}.`, includes, excludes);
  return Object.keys(inner).length > 0 || included ? inner : undefined;
}

/** Whether something below a path can be what a pattern means. */
function mayNameBelow(pattern: string, path: string): boolean {
  return (
    pattern.includes('*') || (pattern.length > path.length && pattern.startsWith(path) && pattern[path.length] === '.')
  );
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function listOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : textOf(value).split(',')).map((item) => textOf(item).trim()).filter(Boolean);
}
