import { parseQuery } from './parse-query.ts';

/** The query narrowed to a value of a field (or, negated, to all others): what a click on a value means. A query that cannot be parsed is replaced. */
export function withTerm(query: string, field: string, value: string, isNegated = false): string {
  const term = `${isNegated ? 'NOT ' : ''}${escapeName(field)}:${quoted(value)}`;
  try {
    const node = parseQuery(query);
    if (node.kind === 'all') return term;
    return `${node.kind === 'or' ? `(${query.trim()})` : query.trim()} AND ${term}`;
  } catch {
    return term;
  }
}

/** A value as it is written in a query: plain when nothing in it has a meaning there. */
function quoted(value: string): string {
  if (/^[A-Za-z0-9_][\w./-]*$/.test(value) && !/^(?:AND|OR|NOT)$/.test(value)) return value;
  return `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

function escapeName(field: string): string {
  return field.replaceAll(/[\s\\():"]/g, '\\$&');
}
