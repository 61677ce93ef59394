import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOpenSearch } from '../servers/opensearch.ts';
import { freePort } from '../servers/search-server.ts';
import { installTemplates } from '../support/logs/install-templates.ts';
import { StoreProcess } from '../support/log-store/store-process.ts';
import { bulkOf, STREAM } from './log-store/line-documents.ts';
import { logQueries, type LogQueryKind } from './log-store/log-queries.ts';
import { usageOf } from './process-usage.ts';
import { median, quantile, summary } from './statistics.ts';

/** 3,000,000 for the comparison that is published; the default ends in a few minutes. */
const DOCUMENTS = Number(process.env['BENCH_DOCUMENTS'] ?? 500_000);
/** `none`: the embedded store alone. */
const PEER = process.env['BENCH_PEER'] ?? 'opensearch';
const BATCH = 2_000;
const SENDERS = 2;
const ROUNDS = 3;
const SEARCHES_AT_ONCE = 20;

/** A store under measurement. */
interface Contender {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Folders that hold its data. */
  readonly dirs: readonly string[];
  /** Ends it in peace and starts it again over the same data; the process is another one then. */
  readonly again?: () => Promise<{ readonly url: string; readonly pid: number }>;
  stop(): Promise<void>;
}

interface Figures {
  readonly documentsPerCpuSecond: number;
  readonly documentsPerSecond: number;
  readonly bytesPerDocument: number;
  readonly rssMb: number;
  /** Median milliseconds per kind of query. */
  readonly queryMs: ReadonlyMap<string, number>;
  /** What was answered, query by query, without what differs by nature. */
  readonly answers: readonly string[];
}

/**
 * The embedded store and a real OpenSearch over the same documents and the same sixty queries in one run: documents per CPU-second (of the whole process), disk,
 * memory, and the median of each kind of query.
 */
export async function run(): Promise<void> {
  const startMs = Math.floor(Date.now() / 60_000) * 60_000 - DOCUMENTS * 4;
  const queries = logQueries(startMs, DOCUMENTS);
  const embedded = await measured(await startEmbedded(), startMs, queries, true);
  if (PEER === 'none') {
    print(queries, embedded, undefined);
    return;
  }
  const server = await startOpenSearch('benchmark');
  const peer = { name: 'OpenSearch', url: server.url, pid: server.pid, dirs: [server.home], stop: () => server.stop() };
  print(queries, embedded, await measured(peer, startMs, queries, false));
}

async function startEmbedded(): Promise<Contender> {
  const dir = mkdtempSync(join(tmpdir(), 'vigil-store-bench-'));
  const options = { dir, port: await freePort(), compileCache: join(dir, 'compile-cache') };
  let store = await StoreProcess.start(options);
  return {
    name: 'embedded',
    url: store.url,
    pid: store.child.pid ?? 0,
    dirs: [join(dir, 'indices'), join(dir, 'wal')],
    again: async () => {
      await store.kill('SIGTERM');
      store = await StoreProcess.start(options);
      return { url: store.url, pid: store.child.pid ?? 0 };
    },
    stop: async () => {
      await store.kill('SIGTERM');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function measured(
  store: Contender,
  startMs: number,
  queries: readonly LogQueryKind[],
  beside: boolean,
): Promise<Figures> {
  try {
    console.log(`${store.name}: RSS ${mb(usageOf(store.pid).rssBytes)} MB before anything is stored`);
    await installTemplates(store.url);
    const cpuBefore = usageOf(store.pid).cpuSeconds;
    const beganMs = performance.now();
    const acks = await ingest(store.url, startMs, 0, DOCUMENTS);
    await ask(store.url, 'POST', `/${STREAM}/_flush`);
    await ask(store.url, 'POST', `/${STREAM}/_refresh`);
    const seconds = (performance.now() - beganMs) / 1_000;
    const cpuSeconds = usageOf(store.pid).cpuSeconds - cpuBefore;
    console.log(
      `${store.name}: acknowledgement of ${BATCH} documents ${summary(acks)}; RSS ${mb(usageOf(store.pid).rssBytes)} MB`,
    );
    const bytes = store.dirs.reduce((sum, dir) => sum + bytesOf(dir), 0);
    const asked = await askAll(store.url, queries);
    console.log(`${store.name}: RSS ${mb(usageOf(store.pid).rssBytes)} MB after the queries`);
    const rssMb = Number(mb(usageOf(store.pid).rssBytes));
    if (beside) await besideSearches(store, startMs);
    await startedAgain(store, queries);
    return {
      documentsPerCpuSecond: DOCUMENTS / cpuSeconds,
      documentsPerSecond: DOCUMENTS / seconds,
      bytesPerDocument: bytes / DOCUMENTS,
      rssMb,
      ...asked,
    };
  } finally {
    await store.stop();
  }
}

/** Returns how long each bulk took to be acknowledged. */
async function ingest(url: string, startMs: number, from: number, to: number): Promise<number[]> {
  const acks: number[] = [];
  let next = from;
  const sender = async () => {
    while (next < to) {
      const first = next;
      next = Math.min(to, first + BATCH);
      const body = bulkOf(startMs, first, next);
      const beganMs = performance.now();
      const answer = await ask(url, 'POST', '/_bulk?filter_path=errors', body);
      acks.push(performance.now() - beganMs);
      if (answer['errors'] !== false) throw new Error(`a bulk was not taken: ${JSON.stringify(answer).slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return acks;
}

async function askAll(url: string, kinds: readonly LogQueryKind[]): Promise<Pick<Figures, 'queryMs' | 'answers'>> {
  const queryMs = new Map<string, number>();
  const answers: string[] = [];
  for (const { name, bodies } of kinds) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const body of bodies) {
        const beganMs = performance.now();
        const answer = await ask(url, 'POST', `/${STREAM}/_search?request_cache=false`, JSON.stringify(body));
        times.push(performance.now() - beganMs);
        if (round === 0) answers.push(comparable(answer));
      }
    }
    queryMs.set(name, median(times));
  }
  return { queryMs, answers };
}

/** Ids and aggregations of an answer: scores are no part of the comparison. */
function comparable(answer: Record<string, unknown>): string {
  const { hits, aggregations } = answer as {
    hits: { total: unknown; hits: readonly { _id: string }[] };
    aggregations: unknown;
  };
  return JSON.stringify([hits.total, hits.hits.map(({ _id: id }) => id).sort(), sortedKeys(aggregations)]);
}

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sortedKeys);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sortedKeys(item)]),
  );
}

/** Acknowledgements at full rate while twenty searches of everything go on. */
async function besideSearches(store: Contender, startMs: number): Promise<void> {
  const everything = JSON.stringify({
    size: 0,
    query: { match: { message: 'request' } },
    aggs: {
      minutes: { date_histogram: { field: '@timestamp', fixed_interval: '1m' } },
      users: { cardinality: { field: 'kubernetes.pod.name' } },
    },
  });
  const stopping = new AbortController();
  let searches = 0;
  const search = async () => {
    while (!stopping.signal.aborted) {
      await ask(store.url, 'POST', `/${STREAM}/_search`, everything);
      searches++;
    }
  };
  const running = Array.from({ length: SEARCHES_AT_ONCE }, search);
  const more = Math.min(DOCUMENTS, 400_000);
  const acks = await ingest(store.url, startMs, DOCUMENTS, DOCUMENTS + more);
  stopping.abort();
  const rss = mb(usageOf(store.pid).rssBytes);
  await Promise.all(running);
  console.log(
    `${store.name}: acknowledgement of ${BATCH} beside ${SEARCHES_AT_ONCE} searches of everything at once p50 ${median(acks).toFixed(0)} ms   p99 ${quantile(acks, 0.99).toFixed(0)} ms   (${acks.length}, ${searches} searches); RSS ${rss} MB`,
  );
}

/** How long a start over all documents takes, and the memory it needs. */
async function startedAgain(store: Contender, queries: readonly LogQueryKind[]): Promise<void> {
  const beganMs = performance.now();
  const started = await store.again?.();
  if (!started) return;
  const tookMs = performance.now() - beganMs;
  const before = mb(usageOf(started.pid).rssBytes);
  await askAll(started.url, queries);
  const { rssBytes, peakRssBytes } = usageOf(started.pid);
  console.log(
    `${store.name}: stopped and started again in ${(tookMs / 1_000).toFixed(1)} s; RSS ${before} MB, ${mb(rssBytes)} MB after the queries, at most ${mb(peakRssBytes)} MB`,
  );
}

function print(queries: readonly LogQueryKind[], embedded: Figures, peer: Figures | undefined): void {
  const row = (name: string, of: (figures: Figures) => number, unit: string) => {
    const ours = of(embedded);
    const theirs = peer && of(peer);
    const compared = theirs === undefined ? '' : `${theirs.toFixed(1).padStart(14)}   × ${(ours / theirs).toFixed(3)}`;
    console.log(`${name.padEnd(38)} ${ours.toFixed(1).padStart(12)} ${unit.padEnd(6)}${compared}`);
  };
  console.log(
    `${DOCUMENTS} documents${''.padEnd(24)} ${'embedded'.padStart(14)} ${''.padEnd(6)}${peer ? '    OpenSearch   ratio' : ''}`,
  );
  row('documents per CPU-second', (figures) => figures.documentsPerCpuSecond, '/s');
  row('documents per second', (figures) => figures.documentsPerSecond, '/s');
  row('disk per document', (figures) => figures.bytesPerDocument, 'bytes');
  row('RSS after the queries', (figures) => figures.rssMb, 'MB');
  for (const { name } of queries) row(name, (figures) => figures.queryMs.get(name) ?? Number.NaN, 'ms');
  if (!peer) return;
  const same = embedded.answers.filter((answer, n) => answer === peer.answers[n]).length;
  console.log(`${same} of ${embedded.answers.length} queries were answered alike`);
}

async function ask(url: string, method: string, path: string, body?: string): Promise<Record<string, unknown>> {
  const headers = { 'content-type': path.includes('_bulk') ? 'application/x-ndjson' : 'application/json' };
  const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as Record<string, unknown>;
}

function bytesOf(dir: string): number {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
