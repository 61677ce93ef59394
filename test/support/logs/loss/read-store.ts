import { parseKeepingDigits } from '../../../../lib/exact-json.ts';
import { searchAfter } from '../search-after.ts';

const STREAM = 'logs-vigil.containers-default';
const PAGE_LINES = 10_000;

interface Page {
  readonly timed_out: boolean;
  readonly hits: {
    readonly hits: readonly {
      readonly _id: string;
      readonly _source: { readonly message: string; readonly stream: string };
      readonly sort: readonly unknown[];
    }[];
  };
}

/** A line as it is stored. */
export interface StoredLine {
  readonly id: string;
  readonly message: string;
  readonly stream: string;
  readonly offset: number;
}

/** More than any test has. */
const MAX_CONTAINERS = 10_000;

/** The containers that have lines of a namespace in a store. */
export async function containersIn(url: string, namespace: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/${STREAM}/_search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      size: 0,
      query: { term: { 'kubernetes.namespace': namespace } },
      aggs: { containers: { terms: { field: 'container.id', size: MAX_CONTAINERS } } },
    }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const { aggregations } = (await response.json()) as {
    readonly aggregations?: { readonly containers?: { readonly buckets: readonly { readonly key: string }[] } };
  };
  return (aggregations?.containers?.buckets ?? []).map(({ key }) => key);
}

/** Reads all lines with a field of a value (`container.id`, `kubernetes.namespace`) from any store by time and place, and hands them to `each`. */
export async function readStore(
  url: string,
  where: Readonly<Record<string, string>>,
  each: (line: StoredLine) => void,
  pageLines = PAGE_LINES,
): Promise<void> {
  let after: readonly unknown[] | undefined;
  for (;;) {
    const response = await fetch(`${url}/${STREAM}/_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        size: pageLines,
        query: { term: where },
        sort: [{ '@timestamp': 'asc' }, { 'log.offset': 'asc' }],
        track_total_hits: false,
        _source: ['message', 'stream'],
        ...(after ? { search_after: searchAfter(after) } : {}),
      }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    const page = parseKeepingDigits(await response.text()) as Page;
    if (page.timed_out) throw new Error('the store ran out of time for a page of lines');
    const { hits } = page.hits;
    for (const { _id: id, _source, sort } of hits) each({ id, ..._source, offset: Number(sort[1]) });
    after = hits.at(-1)?.sort;
    if (hits.length < pageLines) return;
  }
}
