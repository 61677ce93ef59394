import { shortNameOf } from '../../lib/log-query/query-fields.ts';
import type { LogFieldSummary } from '../../lib/log-query.ts';

type Source = Readonly<Record<string, unknown>>;

/** Fields and values of one field that are kept; a document with more has them by mistake. */
const MAX_FIELDS = 1000;
const MAX_VALUES = 200;
const MAX_EXAMPLES = 5;
const MAX_EXAMPLE_LENGTH = 80;
const MAX_DEPTH = 10;

/** Which fields these documents have, the most frequent first, with their most frequent values. */
export function sampleFields(sources: readonly Source[]): LogFieldSummary[] {
  const fields = new Map<string, { count: number; values: Map<string, number> }>();
  for (const source of sources) {
    visit(source, '', 0, (path, value) => {
      const field = fields.get(path) ?? { count: 0, values: new Map<string, number>() };
      if (!fields.has(path) && fields.size >= MAX_FIELDS) return;
      fields.set(path, field);
      field.count++;
      const shown = value.length > MAX_EXAMPLE_LENGTH ? `${value.slice(0, MAX_EXAMPLE_LENGTH)}…` : value;
      if (field.values.has(shown) || field.values.size < MAX_VALUES)
        field.values.set(shown, (field.values.get(shown) ?? 0) + 1);
    });
  }
  return [...fields]
    .map(([path, { count, values }]) => ({
      name: shortNameOf(path),
      count,
      examples: [...values]
        .sort(([, a], [, b]) => b - a)
        .slice(0, MAX_EXAMPLES)
        .map(([value]) => value),
    }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

/** Each leaf once, by its dotted path. */
function visit(value: unknown, path: string, depth: number, leaf: (path: string, text: string) => void): void {
  if (value === null || value === undefined || depth > MAX_DEPTH) return;
  if (Array.isArray(value)) {
    if (value.length > 0)
      leaf(path, value.map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item))).join(', '));
  } else if (typeof value === 'object') {
    for (const [key, inner] of Object.entries(value))
      visit(inner, path === '' ? key : `${path}.${key}`, depth + 1, leaf);
  } else leaf(path, typeof value === 'string' ? value : JSON.stringify(value));
}
