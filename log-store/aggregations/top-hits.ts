import { badRequest } from '../engine/store-error.ts';
import { parseSort } from '../search/sort.ts';
import { TopHits } from '../search/top-hits.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import { onlyOptions, type Body } from './values.ts';

/** Documents of one bucket, as Elasticsearch's `index.max_inner_result_window`. */
const MAX_TOP_HITS = 100;
const options =
  'from size sort _source highlight version seq_no_primary_term explain stored_fields docvalue_fields fields track_scores script_fields';

export function topHits(body: Body, context: AggregationContext): AggregationPlan {
  onlyOptions(body, 'top_hits', options.split(' '));
  const fields = parseSort(body['sort']);
  const from = Number(body['from'] ?? 0);
  const size = Number(body['size'] ?? 3);
  if (!(from >= 0 && size >= 0 && from + size <= MAX_TOP_HITS)) {
    throw badRequest(
      `Top hits result window is too large, from + size must be less than or equal to: [${MAX_TOP_HITS}]`,
    );
  }
  return {
    acceptsRollups: false,
    create: () => {
      const top = new TopHits(from + size, fields);
      let count = 0;
      return {
        collect: (doc) => {
          count++;
          top.offer(doc, context.sortKeysOf(doc, fields));
        },
        collectRollup: () => undefined,
        result: () => ({
          hits: {
            total: { value: count, relation: 'eq' },
            max_score: fields.length > 0 || count === 0 ? null : 1,
            hits: top
              .sorted()
              .slice(from)
              .map((hit) => context.renderHit(hit, fields, body['_source'])),
          },
        }),
      };
    },
  };
}
