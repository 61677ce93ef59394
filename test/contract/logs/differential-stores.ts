import { stores, type RunningStore } from './stores.ts';
import { THING_COUNT, THINGS, thingAt, thingsMapping } from './differential-documents.ts';

/** Both stores with the same documents. */
export interface StorePair {
  /** What each store answers to a search, reduced to what must be the same in both. */
  ask(body: unknown, pick?: (answer: SearchAnswer) => unknown): Promise<{ embedded: unknown; opensearch: unknown }>;
  /** Only whether and how a search is refused: status and kind of error. */
  refusals(body: unknown): Promise<{ embedded: unknown; opensearch: unknown }>;
  stop(): Promise<void>;
}

export interface SearchAnswer {
  readonly hits: {
    readonly total: unknown;
    readonly hits: readonly {
      readonly _id: string;
      readonly sort?: unknown;
      readonly _source?: unknown;
      readonly highlight?: unknown;
    }[];
  };
  readonly aggregations?: unknown;
}

export async function startPair(): Promise<StorePair> {
  const [embedded, opensearch] = await Promise.all([stores.embedded(), stores.opensearch()]);
  try {
    await Promise.all([fill(embedded), fill(opensearch)]);
  } catch (error) {
    await Promise.all([embedded.stop(), opensearch.stop()]);
    throw error;
  }
  const both = async (body: unknown, shown: (status: number, answer: unknown) => unknown) => {
    const [own, other] = await Promise.all([search(embedded, body), search(opensearch, body)]);
    return { embedded: shown(own.status, own.answer), opensearch: shown(other.status, other.answer) };
  };
  return {
    ask: (body, pick = hitsOf) =>
      both(body, (status, answer) => (status === 200 ? comparable(pick(answer as SearchAnswer)) : { refused: status })),
    refusals: (body) => both(body, (status, answer) => ({ status: clientError(status), type: kindOf(answer) })),
    stop: async () => {
      await Promise.all([embedded.stop(), opensearch.stop()]);
    },
  };
}

export function hitsOf(answer: SearchAnswer): unknown {
  return { total: answer.hits.total, hits: answer.hits.hits.map(({ _id, sort, _source }) => ({ _id, sort, _source })) };
}

async function fill(store: RunningStore): Promise<void> {
  const send = async (method: string, path: string, content: string, type: string) => {
    const response = await fetch(store.url + path, { method, body: content, headers: { 'content-type': type } });
    const text = await response.text();
    if (!response.ok || text.includes('"errors":true')) {
      throw new Error(`${path} answered ${response.status}: ${text.slice(0, 500)}`);
    }
  };
  const settings = { number_of_shards: 1, number_of_replicas: 0 };
  await send('PUT', `/${THINGS}`, JSON.stringify({ settings, mappings: thingsMapping }), 'application/json');
  const lines = Array.from(
    { length: THING_COUNT },
    (_, n) => `{"index":{"_id":"t-${n}"}}\n${JSON.stringify(thingAt(n))}\n`,
  );
  await send('POST', `/${THINGS}/_bulk?refresh=true`, lines.join(''), 'application/x-ndjson');
}

async function search(store: RunningStore, body: unknown): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(`${store.url}/${THINGS}/_search`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  return { status: response.status, answer: await response.json() };
}

/** Scores are each store's own, OpenSearch gives some aggregations an empty `meta` that nobody asked for, and sums of fractions depend on the order of documents in the last digits. */
function comparable(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) => {
      if (key === '_index' || key === '_score' || key === 'max_score') return undefined;
      if (key === 'meta' && JSON.stringify(item) === '{}') return undefined;
      return typeof item === 'number' && !Number.isInteger(item) ? Number(item.toPrecision(11)) : item;
    }),
  );
}

/** OpenSearch answers some mistakes of clients with 500. */
function clientError(status: number): number {
  return status === 500 ? 400 : status;
}

function kindOf(answer: unknown): unknown {
  const { error } = answer as { error?: { root_cause?: { type?: string; line?: number; col?: number }[] } };
  const cause = error?.root_cause?.[0];
  return { type: cause?.type, line: cause?.line, col: cause?.col };
}
