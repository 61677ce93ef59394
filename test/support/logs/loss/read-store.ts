import { numberOfDigits, parseKeepingDigits } from '../../../../lib/exact-json.ts';

const STREAM = 'logs-vigil.containers-default';
const PAGE_LINES = 10_000;

interface Page {
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
        ...(after ? { search_after: after.map(exact) } : {}),
      }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    const { hits } = (parseKeepingDigits(await response.text()) as Page).hits;
    for (const { _id: id, _source, sort } of hits) each({ id, ..._source, offset: Number(sort[1]) });
    after = hits.at(-1)?.sort;
    if (hits.length < pageLines) return;
  }
}

/** Times in nanoseconds go back digit by digit. */
function exact(key: unknown): unknown {
  return typeof key === 'string' ? numberOfDigits(key) : key;
}
