type Body = Readonly<Record<string, unknown>>;

/** Types that are written in another way than requests name them. */
const shownAs: ReadonlyMap<string, string> = new Map([
  ['percentiles', 'tdigest_percentiles'],
  ['percentile_ranks', 'tdigest_percentile_ranks'],
]);
const floating: ReadonlySet<string> = new Set(['double', 'float', 'half_float', 'scaled_float']);
const whole: ReadonlySet<string> = new Set(['long', 'integer', 'short', 'byte', 'date', 'date_nanos', 'boolean']);

/**
 * The results of aggregations under names that say their types, `sterms#pods` instead of `pods`, as `typed_keys` asks for: clients with types of their own read answers by
 * them. `typeOf` gives the type that a mapping names for a field.
 */
export function typedKeys(specs: unknown, results: Body, typeOf: (field: string) => string | undefined): Body {
  const typed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(results)) {
    const spec = objectOf(objectOf(specs)?.[name]);
    if (!spec) {
      typed[name] = value;
      continue;
    }
    const kind = Object.keys(spec).find((key) => !['aggs', 'aggregations', 'meta'].includes(key)) ?? '';
    const type = kind === 'terms' ? termsType(objectOf(spec[kind]), typeOf) : (shownAs.get(kind) ?? kind);
    typed[`${type}#${name}`] = below(spec['aggs'] ?? spec['aggregations'], value, typeOf);
  }
  return typed;
}

/** In the buckets of a result, or in it itself where it is the only one. */
function below(specs: unknown, value: unknown, typeOf: (field: string) => string | undefined): unknown {
  const result = objectOf(value);
  if (!objectOf(specs) || !result) return value;
  const { buckets } = result;
  const inside = (bucket: unknown) => typedKeys(specs, objectOf(bucket) ?? {}, typeOf);
  if (Array.isArray(buckets)) return { ...result, buckets: buckets.map(inside) };
  if (!objectOf(buckets)) return inside(result);
  const keyed = Object.entries(buckets as Body).map(([key, bucket]) => [key, inside(bucket)]);
  return { ...result, buckets: Object.fromEntries(keyed) as Body };
}

function termsType(terms: Body | undefined, typeOf: (field: string) => string | undefined): string {
  const field = terms?.['field'];
  const type = typeof field === 'string' ? (typeOf(field) ?? '') : '';
  if (floating.has(type)) return 'dterms';
  if (whole.has(type)) return 'lterms';
  return type === 'unsigned_long' ? 'ulterms' : 'sterms';
}

function objectOf(value: unknown): Body | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Body) : undefined;
}
