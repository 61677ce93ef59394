import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { Engine } from '../engine/engine.ts';
import type { IndexStore } from '../engine/index-store.ts';
import { compileQuery } from './compile.ts';
import { DocView } from './doc-view.ts';

const STREAM = 'logs-vigil.containers-default';
const startMs = Date.UTC(2026, 10, 29, 8);
const keyword = { type: 'keyword', ignore_above: 1024 };
const template = {
  index_patterns: ['logs-*'],
  data_stream: {},
  template: {
    mappings: {
      date_detection: false,
      dynamic_templates: [{ strings: { match_mapping_type: 'string', mapping: keyword } }],
      properties: {
        '@timestamp': { type: 'date_nanos' },
        message: { type: 'text' },
        log: { properties: { level: keyword, offset: { type: 'long' } } },
        kubernetes: { properties: { labels: { type: 'flattened' } } },
      },
    },
  },
};

let dir: string;
let engine: Engine;
let index: IndexStore;

/** Lines of three pods, with and without escapes, and among them documents that are no lines. */
function documentAt(n: number): string {
  const time = new Date(startMs + n * 1_000).toISOString();
  if (n % 11 === 0)
    return JSON.stringify({
      '@timestamp': time,
      message: `Timeout ${n} request`,
      stream: 'stderr',
      log: { level: 'warn' },
      n,
    });
  const words = [
    'request took',
    'Timeout: request',
    'naïve timeout',
    String.raw`said \"request\"`,
    'a_request timeout.now',
  ];
  const level = n % 3 === 0 ? '' : `"level":"${n % 2 === 0 ? 'info' : 'error'}",`;
  const pod = `,"kubernetes":{"pod":{"name":"pod-${n % 3}"},"labels":{"app":"web-${n % 2}"}}}`;
  return `{"@timestamp":"${time}","stream":"${n % 4 === 0 ? 'stderr' : 'stdout'}","message":"${words[n % words.length]} ${n}","log":{${level}"offset":${n}}${pod}`;
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'select-'));
  engine = new Engine({
    dir,
    clock: new FakeClock(startMs),
    log: silentLog,
    retention: { maxBytes: Infinity, maxAgeMs: Infinity },
  });
  engine.open();
  engine.templates.set('logs', template);
  await engine.bulk(
    Array.from({ length: 200 }, (_, n) => {
      const bytes = Buffer.from(documentAt(n));
      return { action: 'create', index: STREAM, id: `cafe-r1-${n.toString(36)}`, bytes, start: 0, end: bytes.length };
    }),
  );
  index = engine.get(STREAM) ?? expect.fail('there is no stream');
});

afterAll(async () => {
  await engine.close();
  rmSync(dir, { recursive: true, force: true });
});

const leaf = fc.oneof(
  fc
    .constantFrom('request', 'timeout', 'Timeout', 'naïve', 'said', 'a_request', 'timeout.now', '7')
    .map((word) => ({ match: { message: word } })),
  fc
    .constantFrom('request took', 'timeout request', 'said request')
    .map((words) => ({ match_phrase: { message: words } })),
  fc.constantFrom('info', 'error', 'warn', 'none').map((level) => ({ term: { 'log.level': level } })),
  fc.constantFrom('stdout', 'stderr').map((stream) => ({ term: { stream } })),
  fc.constantFrom('pod-0', 'pod-1', 'pod-9').map((pod) => ({ term: { 'kubernetes.pod.name': pod } })),
  fc.constantFrom('web-0', 'web-1').map((app) => ({ term: { 'kubernetes.labels.app': app } })),
  fc.constantFrom('log.level', 'kubernetes.pod.name', 'n', 'message', 'absent').map((field) => ({ exists: { field } })),
  fc.nat({ max: 220 }).map((n) => ({ range: { 'log.offset': { gte: n } } })),
  fc.tuple(fc.nat({ max: 200 }), fc.nat({ max: 200 })).map(([a, b]) => ({
    range: {
      '@timestamp': {
        gte: new Date(startMs + Math.min(a, b) * 1_000).toISOString(),
        lt: new Date(startMs + Math.max(a, b) * 1_000).toISOString(),
      },
    },
  })),
  fc.nat({ max: 220 }).map((n) => ({ ids: { values: [`cafe-r1-${n.toString(36)}`] } })),
  fc.constantFrom('pod*', '*1').map((pattern) => ({ wildcard: { 'kubernetes.pod.name': pattern } })),
  fc.constant({ match_all: {} }),
);
const { query } = fc.letrec<{ query: object }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({
      bool: fc.record({
        filter: fc.array(tie('query'), { maxLength: 3 }),
        should: fc.array(tie('query'), { maxLength: 3 }),
        must_not: fc.array(tie('query'), { maxLength: 2 }),
      }),
    }),
  ),
}));

test('a block is searched column by column with the same result as document by document', () => {
  const rows = index.hot.rows();
  expect(rows.count).toBe(200);
  fc.assert(
    fc.property(query, (asked) => {
      const compiled = compileQuery(asked, { mapping: index.mapping, nowMs: startMs, defaultFields: ['message'] });
      const marks = new Uint8Array(rows.count).fill(1);
      compiled.select(index.name, rows, marks);
      const matches = Array.from({ length: rows.count }, (_, n) =>
        Number(compiled.matches(new DocView(index.name, rows, n))),
      );
      expect([...marks]).toEqual(matches);
    }),
    { numRuns: 500 },
  );
});
