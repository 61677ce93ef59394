import { randomBytes } from 'node:crypto';
import { appendFileSync, closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { valueTerm } from './doc-terms.ts';
import type { BulkOperation } from './bulk-write.ts';
import { Engine, type EngineOptions } from './engine.ts';

const STREAM = 'logs-vigil.containers-default';
const CONTAINER = 'aaaaaaaaaaaaaaaa';
const nowMs = Date.UTC(2026, 10, 29, 8);

let dir: string;
let clock: FakeClock;
const engines: Engine[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'engine-'));
  clock = new FakeClock(nowMs);
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close().catch(() => undefined);
  rmSync(dir, { recursive: true, force: true });
});

/** Without `close` of the one before, this is what a start after kill -9 sees. */
function open(retention: Partial<EngineOptions['retention']> = {}): Engine {
  const engine = new Engine({
    dir,
    clock,
    log: silentLog,
    retention: { maxBytes: Infinity, maxAgeMs: Infinity, ...retention },
  });
  engine.open();
  engines.push(engine);
  return engine;
}

/** Where the document of an operation is. */
function sourced(source: string): Pick<BulkOperation, 'bytes' | 'start' | 'end'> {
  const bytes = Buffer.from(source);
  return { bytes, start: 0, end: bytes.length };
}

function line(
  n: number,
  over: Partial<BulkOperation> = {},
  message = `line ${n} ${'some text '.repeat(20)}`,
): BulkOperation {
  const time = new Date(nowMs + n * 10).toISOString();
  return {
    action: 'create',
    index: STREAM,
    id: `${CONTAINER}-r1-${(n * 200).toString(36)}`,
    ...sourced(
      JSON.stringify({ '@timestamp': time, message, stream: 'stdout', log: { level: 'info', offset: n * 200 } }),
    ),
    ...over,
  };
}

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => line(from + n));
const statuses = async (engine: Engine, operations: readonly BulkOperation[]) =>
  (await engine.bulk(operations)).map((outcome) => outcome.status);
const count = (engine: Engine, name = STREAM) => engine.get(name)?.docCount ?? 0;

function segmentFiles(): string[] {
  const indices = join(dir, 'indices');
  return readdirSync(indices).flatMap((uuid) =>
    readdirSync(join(indices, uuid))
      .filter((name) => name.startsWith('seg-') && name.endsWith('.dat'))
      .map((name) => join(indices, uuid, name)),
  );
}

describe('what was acknowledged', () => {
  test('is there after a kill, whether hot or in blocks', async () => {
    const first = open();
    for (let n = 0; n < 5_000; n += 500) await first.bulk(lines(n, n + 500));
    const second = open();
    expect(count(second)).toBe(5_000);
    expect(
      second
        .get(STREAM)
        ?.find(line(4_321).id ?? '')
        ?.source.toString(),
    ).toContain('line 4321 ');
  });

  test('is there once when the kill came between the block and the removal of the log', async () => {
    const first = open();
    await first.bulk(lines(0, 2_000));
    const second = open();
    await second.bulk(lines(2_000, 3_000));
    const third = open();
    expect(count(third)).toBe(3_000);
  });

  test('survives a torn end of the log and of a segment', async () => {
    const first = open();
    await first.bulk(lines(0, 3_000));
    const wal = join(dir, 'wal');
    const [log] = readdirSync(wal);
    appendFileSync(join(wal, log ?? ''), Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9]));
    for (const file of segmentFiles()) appendFileSync(file, Buffer.from('VLB1 torn block'));
    expect(count(open())).toBe(3_000);
  });

  test('is there after many kills in a row, with a log that does not grow with them', async () => {
    const padding = 'x'.repeat(20_000);
    for (let n = 0; n < 600; n += 100) {
      const engine = open();
      await engine.bulk(Array.from({ length: 100 }, (_, k) => line(n + k, {}, padding)));
    }
    const last = open();
    expect(count(last)).toBe(600);
    await last.close();
    const wal = join(dir, 'wal');
    const bytes = readdirSync(wal).reduce((sum, name) => sum + statSync(join(wal, name)).size, 0);
    expect(bytes).toBeLessThan(6_000_000);
  });

  test('is there after a flush, which makes the log short', async () => {
    const engine = open();
    await engine.bulk(lines(0, 3_000));
    await engine.flush();
    const wal = join(dir, 'wal');
    const bytes = readdirSync(wal).reduce((sum, name) => sum + statSync(join(wal, name)).size, 0);
    expect(bytes).toBeLessThan(100_000);
    expect(count(open())).toBe(3_000);
  });

  test('is there although another bulk in the log is damaged', async () => {
    const first = open();
    await first.bulk(lines(0, 100));
    await first.bulk(lines(100, 200));
    await first.bulk(lines(200, 300));
    const [name] = readdirSync(join(dir, 'wal'));
    const log = join(dir, 'wal', name ?? '');
    const fd = openSync(log, 'r+');
    writeSync(fd, Buffer.from('damage'), 0, 6, Math.floor(statSync(log).size / 2));
    closeSync(fd);
    expect(count(open())).toBe(200);
  });

  test('is still there when blocks were lost with the power, because the log is kept until they are synced', async () => {
    const first = open();
    await first.bulk(lines(0, 3_000));
    for (const file of segmentFiles()) rmSync(file);
    expect(count(open())).toBe(3_000);
  });

  test('stays when the log is rotated again and again', async () => {
    const first = open();
    const padding = 'x'.repeat(20_000);
    // 48 MB through a log that is rotated at 32 MiB.
    for (let n = 0; n < 2_400; n += 100) {
      await first.bulk(Array.from({ length: 100 }, (_, k) => line(n + k, {}, padding)));
    }
    await first.bulk([{ ...line(1), index: 'quiet', action: 'index', id: 'one' }]);
    const second = open();
    expect(count(second)).toBe(2_400);
    expect(count(second, 'quiet')).toBe(1);
    const walBytes = readdirSync(join(dir, 'wal')).reduce(
      (sum, name) => sum + statSync(join(dir, 'wal', name)).size,
      0,
    );
    expect(walBytes).toBeLessThan(40 * 1024 * 1024);
  });
});

describe('ids', () => {
  test('a line that is sent again conflicts, in any order, hot, in blocks and after a restart', async () => {
    const engine = open();
    await engine.bulk(lines(0, 3_000));
    expect(await statuses(engine, [line(0), line(2_999), line(1_500), line(3_000)])).toEqual([409, 409, 409, 201]);
    const again = open();
    expect(await statuses(again, [line(7), line(3_000), line(3_001)])).toEqual([409, 409, 201]);
    expect(count(again)).toBe(3_002);
  });

  test('a line that was left out is accepted later, although later lines are stored', async () => {
    const engine = open();
    await engine.bulk(lines(0, 3_000).filter((_, n) => n !== 1_234));
    expect(await statuses(engine, [line(1_234), line(1_234)])).toEqual([201, 409]);
  });

  test('the same id twice in one bulk is stored once', async () => {
    expect(await statuses(open(), [line(1), line(1)])).toEqual([201, 409]);
  });

  test('an ordinary index takes new versions, deletes and updates, and remembers them', async () => {
    const engine = open();
    const operation = (action: BulkOperation['action'], source?: object): BulkOperation => ({
      action,
      index: 'things',
      id: 'a-b-1',
      ...sourced(source ? JSON.stringify(source) : ''),
    });
    expect(
      await statuses(engine, [
        operation('index', { n: 1 }),
        operation('index', { n: 2 }),
        operation('create', { n: 3 }),
      ]),
    ).toEqual([201, 200, 409]);
    expect(await statuses(engine, [operation('update', { doc: { m: 4 } })])).toEqual([200]);
    expect(open().get('things')?.find('a-b-1')?.source.toString()).toBe('{"n":2,"m":4}');
    expect(await statuses(engine, [operation('delete'), operation('delete'), operation('create', { n: 5 })])).toEqual([
      200, 404, 201,
    ]);
    const again = open();
    expect(count(again, 'things')).toBe(1);
    expect(again.get('things')?.find('a-b-1')?.source.toString()).toBe('{"n":5}');
  });

  test('of ids that are texts and ids that are positions, in one block, the last version is found', async () => {
    const engine = open();
    const put = (id: string, n: number): BulkOperation => ({
      action: 'index',
      index: 'things',
      id,
      ...sourced(JSON.stringify({ n })),
    });
    await engine.bulk([put('a-b-1', 1), put('text', 1), put('a-b-1', 2), put('a-c-1', 1), put('text', 2)]);
    await engine.flush();
    const found = (id: string) => engine.get('things')?.find(id)?.source.toString();
    expect(['a-b-1', 'text', 'a-c-1', 'a-b-2', 'a-d-1', 'texts'].map(found)).toEqual([
      '{"n":2}',
      '{"n":2}',
      '{"n":1}',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('what is refused', () => {
  test.each([
    ['a document that is not JSON', sourced('{"a":'), 400],
    ['a document that is no object', sourced('[1]'), 400],
    ['a document without a time in a data stream', sourced('{"message":"x"}'), 400],
    ['an update in a data stream', { action: 'index' as const }, 400],
    ['an object where a word was expected', sourced('{"@timestamp":"2026-11-29T08:00:00Z","message":{"a":1}}'), 400],
    ['a name with upper case', { index: 'Logs' }, 400],
    [
      'a nesting without end',
      sourced(`{"@timestamp":"2026-11-29T08:00:00Z","a":${'{"a":'.repeat(50)}1${'}'.repeat(50)}}`),
      400,
    ],
  ])('%s, and its neighbours are stored', async (_name, over, status) => {
    const engine = open();
    expect(await statuses(engine, [line(1), line(2, over), line(3)])).toEqual([201, status, 201]);
  });
});

describe('retention', () => {
  test('drops the oldest segments beyond the bound on bytes, and their ids count as new again', async () => {
    const engine = open({ maxBytes: 4 * 1024 * 1024 });
    const noise = () => randomBytes(600).toString('base64');
    for (let n = 0; n < 10_000; n += 500)
      await engine.bulk(Array.from({ length: 500 }, (_, k) => line(n + k, {}, noise())));
    const before = count(engine);
    engine.enforceRetention();
    expect(count(engine)).toBeLessThan(before);
    expect(count(engine)).toBeGreaterThan(0);
    expect(engine.counters.droppedDocs).toBe(before - count(engine));
    expect(engine.get(STREAM)?.find(line(9_999).id ?? '')).toBeDefined();
    expect(engine.get(STREAM)?.find(line(0).id ?? '')).toBeUndefined();
  });

  test('drops by age', async () => {
    const engine = open({ maxAgeMs: 3_600_000 });
    await engine.bulk(lines(0, 3_000));
    engine.enforceRetention();
    expect(count(engine)).toBe(3_000);
    clock.step(2 * 3_600_000);
    engine.enforceRetention();
    expect(count(engine)).toBeLessThan(2_000);
  });
});

describe('a damaged block', () => {
  function damage(file: string, at: number): void {
    const fd = openSync(file, 'r+');
    writeSync(fd, Buffer.from('damage'), 0, 6, at);
    closeSync(fd);
  }

  test.each([
    ['its documents', 200],
    ['its header', 14],
    ['the first bytes of its header', 0],
  ])('is left out, with %s hit, and the rest stays readable, at every start', async (_name, at) => {
    const engine = open();
    await engine.bulk(lines(0, 6_000));
    await engine.close();
    const [file = ''] = segmentFiles();
    damage(file, at);
    rmSync(join(dir, 'wal'), { recursive: true });
    for (let start = 0; start < 2; start++) {
      const again = open();
      expect(again.quarantinedBlocks).toBe(1);
      expect(count(again)).toBeGreaterThan(3_000);
      expect(count(again)).toBeLessThan(6_000);
      await again.close();
    }
  });

  test('of a finished segment is found when it is read, and remembered', async () => {
    const engine = open();
    await engine.bulk(lines(0, 6_000));
    engine.get(STREAM)?.segments[0]?.finish();
    await engine.close();
    const [file = ''] = segmentFiles();
    damage(file, 200);
    const again = open();
    expect(again.get(STREAM)?.find(line(1).id ?? '')).toBeUndefined();
    expect(again.get(STREAM)?.find(line(5_999).id ?? '')).toBeDefined();
    expect(again.quarantinedBlocks).toBe(1);
    expect(count(again)).toBeLessThan(6_000);
    await again.close();
    expect(open().quarantinedBlocks).toBe(1);
  });
});

test('documents of one container are found by what they have in common and by what differs, also in later blocks', async () => {
  const engine = open();
  const end = `,"container":{"id":"${'c'.repeat(64)}","image":{"name":"shop/api:1"}},"kubernetes":{"namespace":"shop","labels":{"app":"api"}}}`;
  const documents = Array.from({ length: 4_000 }, (_, n) =>
    line(n, {
      ...sourced(
        `{"@timestamp":"${new Date(nowMs + n).toISOString()}","message":"word${n}","log":{"offset":${n}}${end}`,
      ),
    }),
  );
  await engine.bulk(documents);
  for (const store of [engine, open()]) {
    const index = store.get(STREAM);
    expect(index?.segments[0]?.blocks.length).toBeGreaterThan(2);
    const blocksWith = (term: number) =>
      index?.segments.flatMap((segment) => segment.candidates([[term]], -Infinity, Infinity)).length;
    expect(blocksWith(valueTerm('kubernetes.namespace', 'shop'))).toBe(index?.segments[0]?.blocks.length);
    expect(blocksWith(valueTerm('kubernetes.labels.app', 'api'))).toBe(index?.segments[0]?.blocks.length);
    expect(blocksWith(valueTerm('message', 'word3'))).toBe(1);
    expect(blocksWith(valueTerm('kubernetes.namespace', 'elsewhere'))).toBe(0);
  }
});
