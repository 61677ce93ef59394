import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import type { BulkOperation } from '../engine/bulk-write.ts';
import { Engine } from '../engine/engine.ts';
import { StoreError } from '../engine/store-error.ts';
import { SearchPool, type SearchPoolOptions } from './search-pool.ts';
import type { Searchable } from './searchable.ts';

const STREAM = 'logs-vigil.containers-default';
const startMs = Date.UTC(2026, 10, 29, 8);
const template = {
  index_patterns: ['logs-*'],
  data_stream: {},
  template: {
    mappings: {
      dynamic_templates: [{ strings: { match_mapping_type: 'string', mapping: { type: 'keyword' } } }],
      properties: {
        '@timestamp': { type: 'date_nanos' },
        message: { type: 'text' },
        log: { properties: { offset: { type: 'long' } } },
      },
    },
  },
};

function line(n: number, index = STREAM): BulkOperation {
  const level = n % 7 === 0 ? 'error' : 'info';
  const time = new Date(startMs + n * 250).toISOString();
  const message = `request ${n} took ${n % 113}ms from user_${n % 29} ${n % 997 === 0 ? 'needle' : ''}`;
  const pod = `,"kubernetes":{"pod":{"name":"pod-${n % 3}"}}}`;
  const bytes = Buffer.from(
    `{"@timestamp":"${time}","stream":"stdout","message":"${message}","log":{"level":"${level}","offset":${n * 100}}${pod}`,
  );
  return {
    action: 'create',
    index,
    id: `cafe-r${n % 3}-${(n * 100).toString(36)}`,
    bytes,
    start: 0,
    end: bytes.length,
  };
}

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => line(from + n));

let dir: string;
let engine: Engine;
const clock = new FakeClock(startMs + 3_600_000);
const pools: SearchPool[] = [];

/** Somebody waits for the answer, to the end. */
const waiting = new AbortController().signal;

function pool(options: Partial<SearchPoolOptions>): SearchPool {
  const made = new SearchPool({
    cache: engine.cache,
    clock,
    yield: () => Promise.resolve(),
    damaged: (damage) => engine.quarantine(damage),
    ...options,
  });
  pools.push(made);
  return made;
}

function searchables(): Searchable[] {
  return [...engine.indices.values()].map((index) => ({
    name: index.name,
    shownName: index.name,
    mapping: index.mapping,
    segments: [...index.segments],
    hot: index.hot.rows(),
    deleted: index.deleted,
    beforeSeq: index.nextSeq,
    defaultFields: ['message'],
  }));
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'pool-'));
  engine = new Engine({ dir, clock, log: silentLog, retention: { maxBytes: Infinity, maxAgeMs: Infinity } });
  engine.open();
  engine.templates.set('logs', template);
  for (let n = 0; n < 20_000; n += 2_000) await engine.bulk(lines(n, n + 2_000));
  const index = engine.get(STREAM);
  index?.segments[0]?.finish();
  for (let n = 20_000; n < 30_000; n += 2_000) await engine.bulk(lines(n, n + 2_000));
  const bytes = Buffer.from('{"message":"request without a time","n":12345}');
  await engine.bulk([{ action: 'index', index: 'other', id: 'one', bytes, start: 0, end: bytes.length }]);
  if (index) await engine.deleteDocs(index, [3, 9_000, 29_999]);
});

afterAll(async () => {
  for (const made of pools) await made.close();
  await engine.close();
  rmSync(dir, { recursive: true, force: true });
});

const minutes = {
  by: {
    date_histogram: { field: '@timestamp', fixed_interval: '1m' },
    aggs: { of: { terms: { field: 'log.level' } } },
  },
};
const newest = [{ '@timestamp': 'desc' }, { 'log.offset': 'desc' }];

describe('a search gives the same here and in another thread', () => {
  test.each<[string, Record<string, unknown>]>([
    ['the newest of everything', { size: 50, sort: newest }],
    ['the oldest of everything', { size: 50, sort: [{ '@timestamp': 'asc' }], track_total_hits: true }],
    ['a frequent word by minute', { size: 0, query: { match: { message: 'request' } }, aggs: minutes }],
    ['a rare word', { size: 100, sort: newest, query: { match: { message: 'needle' } }, track_total_hits: true }],
    [
      'part of the time by minute',
      {
        size: 5,
        sort: newest,
        query: { range: { '@timestamp': { gte: new Date(startMs + 1e6).toISOString() } } },
        aggs: minutes,
      },
    ],
    [
      'by pod, with the last of each',
      {
        size: 0,
        aggs: {
          pod: { terms: { field: 'kubernetes.pod.name' }, aggs: { last: { top_hits: { size: 2, sort: newest } } } },
        },
      },
    ],
    [
      'sorted by another field',
      {
        size: 20,
        sort: [{ 'log.level': 'asc' }, { 'log.offset': 'desc' }],
        query: { query_string: { query: 'took AND user_7' } },
      },
    ],
    [
      'highlighted',
      { size: 3, sort: newest, query: { match: { message: 'needle' } }, highlight: { fields: { message: {} } } },
    ],
    ['a page behind another', { size: 10, sort: newest, search_after: [startMs + 2e6, 800_000] }],
    ['by id', { query: { ids: { values: ['cafe-r0-0', 'one', 'cafe-r1-nothing'] } } }],
  ])('%s', async (_name, body) => {
    const here = await pool({ maxLocalBlocks: Infinity }).run(searchables(), body, waiting);
    const there = await pool({ maxLocalBlocks: -1 }).run(searchables(), body, waiting);
    expect(JSON.stringify(there)).toBe(JSON.stringify(here));
    expect((here.hits['hits'] as unknown[]).length + Object.keys(here.aggregations ?? {}).length).toBeGreaterThan(0);
  });
});

describe('the threads', () => {
  const everything = { size: 0, track_total_hits: true, query: { match: { message: 'request' } } };

  test('search what was there when the search began, whatever comes meanwhile', async () => {
    const searching = pool({ maxLocalBlocks: -1, threads: 1 });
    const before = engine.get(STREAM)?.docCount;
    const all = Array.from({ length: 8 }, () => searching.run(searchables().slice(0, 1), everything, waiting));
    for (let n = 30_000; n < 36_000; n += 2_000) await engine.bulk(lines(n, n + 2_000));
    for (const { hits } of await Promise.all(all)) expect(hits['total']).toEqual({ value: before, relation: 'eq' });
  });

  test('are not started for short searches, and end when nothing is searched', async () => {
    const searching = pool({});
    await searching.run(searchables(), { size: 10, sort: newest }, waiting);
    expect(searching.threads).toBe(0);
    const long = pool({ maxLocalBlocks: -1 });
    await long.run(searchables(), everything, waiting);
    expect(long.threads).toBe(1);
    await clock.advance(31_000);
    expect(long.threads).toBe(0);
  });

  test('tell what is wrong with a request as it is told here', async () => {
    const wrong = {
      query: { match_all: {} },
      size: 0,
      aggs: { too: { date_histogram: { field: '@timestamp', fixed_interval: '1ms' } } },
    };
    const failures = [-1, Infinity].map((maxLocalBlocks) =>
      pool({ maxLocalBlocks })
        .run(searchables(), wrong, waiting)
        .catch((error: unknown) => error),
    );
    for (const failure of await Promise.all(failures)) {
      expect(failure).toBeInstanceOf(StoreError);
      expect(failure).toMatchObject({ status: 400, type: 'too_many_buckets_exception' });
    }
  });
});

describe('a search that takes long', () => {
  const everything = { size: 5, sort: [{ 'log.offset': 'asc' }], track_total_hits: true };

  /** Time passes whenever somebody looks at it. */
  class HastyClock extends FakeClock {
    readonly #stepMs: number;
    #elapsedMs = 0;

    constructor(stepMs: number) {
      super(startMs + 3_600_000);
      this.#stepMs = stepMs;
    }

    override monotonicMs(): number {
      this.#elapsedMs += this.#stepMs;
      return this.#elapsedMs;
    }
  }
  const slow = (stepMs: number) => pool({ maxLocalBlocks: Infinity, clock: new HastyClock(stepMs) });
  const count = ({ hits }: { hits: Record<string, unknown> }) => (hits['total'] as { value: number }).value;

  test('is answered in part only when a timeout was given, and says so', async () => {
    const part = await slow(20).run(searchables(), { ...everything, timeout: '60ms' }, waiting);
    expect(part.timedOut).toBe(true);
    const whole = await slow(20).run(searchables(), everything, waiting);
    expect(whole.timedOut).toBe(false);
    expect(count(part)).toBeLessThan(count(whole));
  });

  test('fails in the end rather than keep back what it did not look at', async () => {
    await expect(slow(200_000).run(searchables(), everything, waiting)).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining('300 s') as string,
    });
  });

  test.each(['5', 'soon', '5 s'])('refuses %j as its timeout', async (timeout) => {
    await expect(pool({}).run(searchables(), { timeout }, waiting)).rejects.toMatchObject({
      status: 400,
      message: `failed to parse setting [timeout] with value [${timeout}] as a time value: unit is missing or unrecognized`,
    });
  });

  test('ends when nobody waits for it any more, here and in another thread', async () => {
    const gone = new AbortController();
    const here = pool({
      maxLocalBlocks: Infinity,
      clock: new HastyClock(20),
      yield: () => {
        gone.abort(new Error('gone'));
        return Promise.resolve();
      },
    });
    await expect(here.run(searchables(), everything, gone.signal)).rejects.toThrow('gone');

    const there = pool({ maxLocalBlocks: -1, threads: 1 });
    const leaving = new AbortController();
    const left = Array.from({ length: 8 }, () => there.run(searchables(), everything, leaving.signal));
    const stays = there.run(searchables(), everything, waiting);
    leaving.abort(new Error('left'));
    for (const one of left) await expect(one).rejects.toThrow('left');
    expect(count(await stays)).toBeGreaterThan(30_000);
  });
});
