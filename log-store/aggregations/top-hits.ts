import { badRequest } from '../engine/store-error.ts';
import { DocView } from '../query/doc-view.ts';
import { parseSort } from '../search/sort.ts';
import { TopHits, type TopHit } from '../search/top-hits.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import { onlyOptions, type Body } from './values.ts';

/** Documents of one bucket, as Elasticsearch's `index.max_inner_result_window`. */
const MAX_TOP_HITS = 100;
const options =
  'from size sort _source highlight version seq_no_primary_term explain stored_fields docvalue_fields fields track_scores script_fields';

interface HitPartial {
  readonly index: string;
  readonly id: string;
  readonly seq: number;
  readonly ms: number;
  readonly subNs: number;
  readonly bytes: Uint8Array;
  readonly keys: TopHit['keys'];
}

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
        partial: () => [count, top.sorted().map(toPartial)],
        merge: (partial) => {
          const [more, hits] = partial as readonly [number, readonly HitPartial[]];
          count += more;
          for (const hit of hits) top.offer(fromPartial(hit), hit.keys);
        },
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

/** Times among the keys are the document itself, which is no plain value. */
function toPartial({ doc, keys }: TopHit): HitPartial {
  const plain = keys.map((key) => (typeof key === 'object' ? { ms: key.ms, subNs: key.subNs } : key));
  const { index, id, seq, ms, subNs } = doc;
  return { index, id, seq, ms, subNs, bytes: new Uint8Array(doc.bytes), keys: plain };
}

function fromPartial({ index, id, seq, ms, subNs, bytes }: HitPartial): DocView {
  return DocView.of(index, { id, seq, ms, subNs, source: Buffer.from(bytes) });
}
