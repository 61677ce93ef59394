import { parsingError } from '../engine/store-error.ts';
import type { DocView } from '../query/doc-view.ts';
import { textOf } from '../text-of.ts';
import type { AggregationContext, AggregationPlan } from './aggregator.ts';
import type { BucketBudget } from './bucket-budget.ts';
import { Bucket, KeyedBuckets } from './keyed-buckets.ts';
import { withoutDocuments } from './no-rollups.ts';
import type { Plans } from './sub-aggregations.ts';
import { onlyOptions, type Body } from './values.ts';

/** One bucket per query, in the order in which they were given when they have no names, else by name. */
export function filters(body: Body, subs: Plans, context: AggregationContext, budget: BucketBudget): AggregationPlan {
  onlyOptions(body, 'filters', ['filters', 'other_bucket', 'other_bucket_key']);
  const spec = body['filters'];
  if (typeof spec !== 'object' || spec === null) throw parsingError('[filters] needs [filters]');
  const tests = Object.entries(spec).map(([name, query]) => ({ name, test: context.compile(query) }));
  if (!Array.isArray(spec)) tests.sort((a, b) => (a.name < b.name ? -1 : 1));
  const other = body['other_bucket'] === true || body['other_bucket_key'] !== undefined;
  return {
    acceptsRollups: false,
    create: () => {
      const buckets = new KeyedBuckets<number>(subs, budget);
      return {
        collect: (doc) => {
          let any = false;
          for (let n = 0; n < tests.length; n++) {
            if (!tests[n]?.test(doc)) continue;
            any = true;
            buckets.get(n).add(doc);
          }
          if (!any && other) buckets.get(tests.length).add(doc);
        },
        collectRollup: withoutDocuments,
        result: () => {
          const list = tests.map(({ name }, n) => [name, buckets.render(n)] as const);
          if (other) list.push([textOf(body['other_bucket_key'] ?? '_other_'), buckets.render(tests.length)]);
          return { buckets: Array.isArray(spec) ? list.map(([, content]) => content) : Object.fromEntries(list) };
        },
      };
    },
  };
}

/** `filter` and `missing`: one bucket. */
export function singleBucket(test: (doc: DocView) => boolean, subs: Plans): AggregationPlan {
  return {
    acceptsRollups: false,
    create: () => {
      const bucket = new Bucket(subs);
      return {
        collect: (doc) => {
          if (test(doc)) bucket.add(doc);
        },
        collectRollup: withoutDocuments,
        result: () => bucket.render(),
      };
    },
  };
}
