import { badRequest, parsingError } from '../engine/store-error.ts';
import { formatDate } from '../mapping/date-format.ts';
import { parseDate } from '../query/dates.ts';
import type { DocView } from '../query/doc-view.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import type { BucketBudget } from './bucket-budget.ts';
import { parseInterval } from './calendar.ts';
import { KeyedBuckets } from './keyed-buckets.ts';
import { withoutDocuments } from './no-rollups.ts';
import type { Plans } from './sub-aggregations.ts';
import { compareKeys, fieldFor, fieldName, keyReader, numberReader, onlyOptions, type Body } from './values.ts';

/** Combinations of one document; more are refused rather than left out. */
const MAX_COMBINATIONS = 10_000;
/** Buckets are thrown away beyond this many times the page, those that come last first. */
const PRUNE_FACTOR = 4;
const MIN_PRUNE = 10_000;
const MAX_SIZE = 65_536;

type Part = string | number | null;

interface Source {
  readonly name: string;
  readonly values: (doc: DocView) => readonly Part[];
  readonly compare: (a: Part, b: Part) => number;
  readonly show: (part: Part) => unknown;
  readonly parse: (value: unknown) => Part;
}

/** Pages through all combinations of its sources' values in their order, `size` at a time, each page behind `after`. */
export function composite(body: Body, subs: Plans, context: AggregationContext, budget: BucketBudget): AggregationPlan {
  onlyOptions(body, 'composite', ['sources', 'size', 'after']);
  const sources = parseSources(body['sources'], context);
  const size = Number(body['size'] ?? 10);
  if (!(size > 0) || size > MAX_SIZE) throw badRequest(`[size] of [composite] must be between 1 and ${MAX_SIZE}`);
  const after = body['after'] === undefined ? undefined : parseAfter(body['after'] as Body, sources);
  const compare = (a: readonly Part[], b: readonly Part[]) => {
    for (let n = 0; n < sources.length; n++) {
      const way = sources[n]?.compare(a[n] ?? null, b[n] ?? null) ?? 0;
      if (way !== 0) return way;
    }
    return 0;
  };
  const ordered = (keys: Iterable<string>) =>
    [...keys].map((key) => ({ key, parts: JSON.parse(key) as Part[] })).sort((a, b) => compare(a.parts, b.parts));
  return {
    acceptsRollups: false,
    create: () => {
      const buckets = new KeyedBuckets<string>(subs, budget);
      const prune = () => {
        if (buckets.map.size < Math.max(MIN_PRUNE, size * PRUNE_FACTOR)) return;
        for (const { key } of ordered(buckets.map.keys()).slice(size)) buckets.delete(key);
      };
      return {
        collect: (doc) => {
          for (const parts of combinations(sources.map(({ values }) => values(doc)))) {
            if (after && compare(parts, after) <= 0) continue;
            buckets.get(JSON.stringify(parts)).add(doc);
          }
          prune();
        },
        collectRollup: withoutDocuments,
        result: () => {
          const page = ordered(buckets.map.keys()).slice(0, size);
          const shown = (parts: readonly Part[]) =>
            Object.fromEntries(sources.map(({ name, show }, n) => [name, show(parts[n] ?? null)]));
          const last = page.at(-1);
          return {
            ...(last ? { after_key: shown(last.parts) } : {}),
            buckets: page.map(({ key, parts }) => ({ key: shown(parts), ...buckets.render(key) })),
          };
        },
      };
    },
  };
}

function combinations(lists: readonly (readonly Part[])[]): Part[][] {
  let found: Part[][] = [[]];
  for (const list of lists) {
    found = found.flatMap((head) => list.map((part) => [...head, part]));
    if (found.length > MAX_COMBINATIONS)
      throw badRequest(`a document has more than ${MAX_COMBINATIONS} combinations in [composite]`);
  }
  return found;
}

function parseSources(spec: unknown, context: AggregationContext): Source[] {
  if (!Array.isArray(spec) || spec.length === 0) throw parsingError('Required [sources]', ['sources']);
  return (spec as readonly Body[]).map((item) => {
    const [name, kinds] = Object.entries(item ?? {})[0] ?? [];
    const [kind, options] = Object.entries((kinds ?? {}) as Body)[0] ?? [];
    if (name === undefined || kind === undefined) throw parsingError('[sources] is a list of named sources');
    return parseSource(name, kind, (options ?? {}) as Body, context);
  });
}

function parseSource(name: string, kind: string, options: Body, context: AggregationContext): Source {
  const path = fieldName(options, kind);
  const descending = options['order'] === 'desc';
  const missingFirst =
    options['missing_order'] === undefined || options['missing_order'] === 'default'
      ? !descending
      : options['missing_order'] === 'first';
  const reader = partReader(kind, path, options, context);
  const isAddress = fieldFor(context, path)?.type === 'ip';
  return {
    name,
    values: (doc) => {
      const values = reader.values(doc);
      return values.length === 0 && options['missing_bucket'] === true ? [null] : values;
    },
    compare: (a, b) => {
      if (a === null || b === null) return a === b ? 0 : (a === null) === missingFirst ? -1 : 1;
      const way = compareKeys(a, b, isAddress);
      return descending ? -way : way;
    },
    show: (part) => (part === null ? null : reader.show(part)),
    parse: (value) => (value === null ? null : reader.parse(value)),
  };
}

interface PartReader {
  readonly values: (doc: DocView) => readonly (string | number)[];
  readonly show: (part: string | number) => unknown;
  readonly parse: (value: unknown) => string | number;
}

function partReader(kind: string, path: string, options: Body, context: AggregationContext): PartReader {
  if (kind === 'terms') {
    const field = fieldFor(context, path);
    const isBoolean = field?.type === 'boolean';
    const numeric = field?.type === 'number' || field?.type === 'date' || isBoolean;
    return {
      values: keyReader(context, path),
      show: (part) => (isBoolean ? part === 1 : part),
      parse: (value) => (numeric ? Number(value) : String(value)),
    };
  }
  if (kind === 'histogram') {
    const interval = Number(options['interval']);
    if (!(interval > 0)) throw badRequest('[interval] must be greater than 0 for [histogram] source');
    const numbers = numberReader(context, path);
    const floor = (value: number) => Math.floor(value / interval) * interval;
    return { values: (doc) => unique(numbers(doc).map(floor)), show: (part) => part, parse: Number };
  }
  if (kind !== 'date_histogram') throw parsingError(`invalid source type: [${kind}]`);
  const interval = parseInterval({
    fixed: options['fixed_interval'],
    calendar: options['calendar_interval'],
    legacy: options['interval'],
    zone: options['time_zone'],
    offset: options['offset'],
  });
  const numbers = numberReader(context, path);
  const format = typeof options['format'] === 'string' ? options['format'] : undefined;
  return {
    values: (doc) => unique(numbers(doc).map((ms) => interval.floor(ms))),
    show: (part) => (format === undefined ? part : formatDate(Number(part), format, interval.zone(Number(part)))),
    parse: (value) =>
      format === undefined
        ? Number(value)
        : parseDate(value, context.nowMs, 'down', options['time_zone'] as string | undefined, format).ms,
  };
}

function unique(values: readonly number[]): readonly number[] {
  return values.length > 1 ? [...new Set(values)] : values;
}

function parseAfter(after: Body, sources: readonly Source[]): Part[] {
  return sources.map(({ name, parse }) => {
    if (!Object.hasOwn(after, name)) throw badRequest(`Missing value for [after.${name}]`);
    return parse(after[name]);
  });
}
