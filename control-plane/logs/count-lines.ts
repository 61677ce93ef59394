import { parseDurationMs } from '../../lib/duration.ts';
import { fieldNamed } from '../../lib/log-query/query-fields.ts';
import {
  logQueryLimits,
  type LogBar,
  type LogGroup,
  type LogQuery,
  type LogResult,
  type TopValues,
} from '../../lib/log-query.ts';
import { fieldOf, logFields } from '../../lib/log-record.ts';

type Source = Readonly<Record<string, unknown>>;

/** Distinct values kept in memory; what comes after that counts as `other`. */
const MAX_DISTINCT = 100_000;

/** Counts lines that the store cannot count, because a pattern chose them: the same figures as its aggregations give. */
export class LineCounter {
  readonly #query: LogQuery;
  readonly #intervalMs: number | undefined;
  readonly #bars = new Map<number, { count: number; byLevel: Record<string, number> }>();
  readonly #top: readonly {
    readonly field: string;
    readonly path: string;
    readonly size: number;
    readonly counts: Map<string, number>;
    other: number;
  }[];
  readonly #groups = new Map<string, { values: string[]; count: number; last: string }>();

  constructor(query: LogQuery) {
    this.#query = query;
    this.#intervalMs = query.histogramInterval === undefined ? undefined : parseDurationMs(query.histogramInterval);
    this.#top = (query.top ?? []).map(({ field, size = 10 }) => ({
      field,
      path: fieldNamed(field).path,
      size,
      counts: new Map(),
      other: 0,
    }));
  }

  add(source: Source): void {
    const time = String(fieldOf(source, logFields.time));
    if (this.#intervalMs !== undefined)
      this.#addToBar(Math.floor(Date.parse(time) / this.#intervalMs) * this.#intervalMs, source);
    for (const top of this.#top) {
      for (const value of valuesOf(source, top.path)) {
        const before = top.counts.get(value);
        if (before === undefined && top.counts.size >= MAX_DISTINCT) top.other++;
        else top.counts.set(value, (before ?? 0) + 1);
      }
    }
    if (this.#query.groupBy) this.#addToGroup(this.#query.groupBy, time, source);
  }

  result(): Pick<LogResult, 'histogram' | 'top' | 'groups'> {
    return {
      histogram: this.#intervalMs === undefined ? undefined : this.#histogram(),
      top: this.#query.top && this.#top.map(topOf),
      groups: this.#query.groupBy && byCount([...this.#groups.values()]).slice(0, logQueryLimits.groups),
    };
  }

  #addToBar(startMs: number, source: Source): void {
    const bar = this.#bars.get(startMs) ?? { count: 0, byLevel: {} };
    this.#bars.set(startMs, bar);
    bar.count++;
    for (const level of valuesOf(source, logFields.level)) bar.byLevel[level] = (bar.byLevel[level] ?? 0) + 1;
  }

  #addToGroup(fields: readonly string[], time: string, source: Source): void {
    const values = fields.map((field) => valuesOf(source, fieldNamed(field).path)[0]);
    if (!values.every((value) => value !== undefined)) return;
    const key = JSON.stringify(values);
    const group = this.#groups.get(key);
    if (group) {
      group.count++;
      if (time > group.last) group.last = time;
    } else if (this.#groups.size < MAX_DISTINCT) this.#groups.set(key, { values, count: 1, last: time });
  }

  #histogram(): LogBar[] {
    return [...this.#bars]
      .sort(([a], [b]) => a - b)
      .map(([startMs, bar]) => ({ time: new Date(startMs).toISOString(), ...bar }));
  }
}

function topOf(top: {
  readonly field: string;
  readonly size: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly other: number;
}): TopValues {
  const sorted = [...top.counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return {
    field: top.field,
    values: sorted.slice(0, top.size).map(([value, count]) => ({ value, count })),
    other: sorted.slice(top.size).reduce((sum, [, count]) => sum + count, top.other),
  };
}

function byCount(groups: readonly LogGroup[]): LogGroup[] {
  return groups.toSorted((a, b) => b.count - a.count || (a.values.join('\0') < b.values.join('\0') ? -1 : 1));
}

/** The values of a field as text: none, one, or those of a list. */
export function valuesOf(source: Source, path: string): string[] {
  const value = fieldOf(source, path);
  const list = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return list.flatMap((item) =>
    item === undefined || item === null || typeof item === 'object' ? [] : [String(item as string | number | boolean)],
  );
}
