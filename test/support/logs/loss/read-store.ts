import { numberOfDigits, parseKeepingDigits } from '../../../../lib/exact-json.ts';

const STREAM = 'logs-vigil.containers-default';
const PAGE_LINES = 5_000;

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

/** Reads all lines of one container from any store by time and place, and hands them to `each`. */
export async function readContainer(url: string, containerId: string, each: (line: StoredLine) => void): Promise<void> {
  let after: readonly unknown[] | undefined;
  for (;;) {
    const response = await fetch(`${url}/${STREAM}/_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        size: PAGE_LINES,
        query: { term: { 'container.id': containerId } },
        sort: [{ '@timestamp': 'asc' }, { 'log.offset': 'asc' }],
        _source: ['message', 'stream'],
        ...(after ? { search_after: after.map(exact) } : {}),
      }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    const { hits } = (parseKeepingDigits(await response.text()) as Page).hits;
    for (const { _id: id, _source, sort } of hits) each({ id, ..._source, offset: Number(sort[1]) });
    after = hits.at(-1)?.sort;
    if (hits.length < PAGE_LINES) return;
  }
}

/** Times in nanoseconds go back digit by digit. */
function exact(key: unknown): unknown {
  return typeof key === 'string' ? numberOfDigits(key) : key;
}
