import { VigilError } from '../../lib/errors.ts';
import { numberOfDigits } from '../../lib/exact-json.ts';
import { compileQuery, type Clause } from '../../lib/log-query/compile-query.ts';
import { checkRange, parseInstant } from '../../lib/log-query/instant.ts';
import { levelsOf } from '../../lib/log-query/level-choice.ts';
import type { LogQuery } from '../../lib/log-query.ts';
import { logFields } from '../../lib/log-record.ts';
import { labelClauses } from './label-clauses.ts';
import { lineFilter, type LineFilter } from './line-filter.ts';

/** The index pattern that holds a query's documents. */
export function indexOf(query: LogQuery): string {
  return `logs-vigil.${query.dataset ?? 'containers'}-*`;
}

/** What is asked of the store, the same for Elasticsearch, OpenSearch and the embedded store, and what is tested behind it. */
export interface SearchPlan {
  readonly index: string;
  readonly clause: Clause;
  readonly order: 'newest' | 'oldest';
  readonly sort: readonly Readonly<Record<string, unknown>>[];
  readonly filter: LineFilter | undefined;
}

/**
 * The plan of a query. `namespaces` are those the asker may read; `undefined` = all. It stands beside the query's own clauses in one filter, so that neither hits nor
 * counts can come from elsewhere. Throws `QueryError` or `LOG_QUERY_INVALID` naming the field.
 */
export function searchPlan(query: LogQuery, namespaces: readonly string[] | undefined, nowMs: number): SearchPlan {
  const compiled = compileQuery(query.query ?? '', nowMs);
  const filter = lineFilter([...(query.grep ?? []), ...compiled.grep], [...(query.exclude ?? []), ...compiled.exclude]);
  const clauses: Clause[] = [...narrowing(query, namespaces, nowMs), ...(filter?.candidates ?? [])];
  if (!('match_all' in compiled.clause)) clauses.push(compiled.clause);
  return {
    index: indexOf(query),
    clause: { bool: { filter: clauses } },
    order: query.order ?? 'newest',
    sort: sortOf(query.order ?? 'newest'),
    filter,
  };
}

/** Time, then position: the order of a container's lines. Ties between containers are never cut by a page (`scan.ts`). */
export function sortOf(order: 'newest' | 'oldest'): SearchPlan['sort'] {
  const direction = order === 'oldest' ? 'asc' : 'desc';
  return [
    { [logFields.time]: { order: direction, unmapped_type: 'date_nanos' } },
    { [logFields.offset]: { order: direction, unmapped_type: 'long', missing: '_last' } },
  ];
}

function narrowing(query: LogQuery, namespaces: readonly string[] | undefined, nowMs: number): Clause[] {
  const filter: Clause[] = [];
  const anyOf = (field: string, values: readonly string[] | undefined) => {
    if (values && values.length > 0) filter.push({ terms: { [field]: values } });
  };
  // No namespace at all must find nothing, which an absent filter would not.
  if (namespaces) filter.push({ terms: { [logFields.namespace]: namespaces } });
  anyOf(logFields.pod, query.pods);
  anyOf(logFields.podUid, query.podUids);
  anyOf(logFields.container, query.containers);
  anyOf(logFields.containerId, query.containerIds);
  anyOf(logFields.node, query.nodes);
  if (query.workload) {
    filter.push({ term: { [logFields.workloadKind]: query.workload.kind } });
    filter.push({ term: { [logFields.workloadName]: query.workload.name } });
  }
  filter.push(...labelClauses(query.labelSelector));
  if (query.stream) filter.push({ term: { [logFields.stream]: query.stream } });
  if (query.level !== undefined) filter.push({ terms: { [logFields.level]: levelsOf(query.level) } });
  const since = query.since === undefined ? undefined : parseInstant('since', query.since, nowMs);
  const until = query.until === undefined ? undefined : parseInstant('until', query.until, nowMs);
  checkRange(since, until);
  if (since !== undefined || until !== undefined) {
    filter.push({ range: { [logFields.time]: { ...(since && { gte: since }), ...(until && { lt: until }) } } });
  }
  return filter;
}

/** A position in a list of results, opaque to clients. */
export function encodeCursor(sort: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(sort)).toString('base64url');
}

/** The sort values of a cursor. Throws `LOG_QUERY_INVALID`. */
export function decodeCursor(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.length === 2) return parsed.map(sortValue);
  } catch {
    // falls through to the one error below
  }
  throw new VigilError('LOG_QUERY_INVALID', 'invalid', 'after: is not a cursor of a former answer');
}

/** A sort value as the store takes it back: digits that a JavaScript number would round (nanoseconds since 1970) go back as they came. */
export function sortValue(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? numberOfDigits(value) : value;
}
