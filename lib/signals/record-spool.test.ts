import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../clock.ts';
import { parseSpoolFileName } from './record-file.ts';
import { RecordSpool } from './record-spool.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'spool-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const clock = new FakeClock();
const spool = (options: Partial<ConstructorParameters<typeof RecordSpool>[0]> = {}) =>
  new RecordSpool({ dir, clock, run: 'r', ...options });

async function messages(): Promise<string[]> {
  const names = (await readdir(dir)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
  return texts
    .join('')
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { message: string }).message);
}

test('records appended before the start are kept and written in order, one file a dataset', async () => {
  const records = spool();
  records.append('events', { message: 'a' });
  await records.start();
  records.append('events', { message: 'b' });
  records.append('probes', { message: 'c' });
  await records.flush();
  expect(await messages()).toEqual(['a', 'b', 'c']);
  expect((await readdir(dir)).map((name) => parseSpoolFileName(name)?.open)).toEqual([true, true]);
  await records.stop();
  expect((await readdir(dir)).map((name) => parseSpoolFileName(name)?.open)).toEqual([false, false]);
});

test('a burst is written soon after without being asked', async () => {
  const records = spool();
  await records.start();
  records.append('events', { message: 'a' });
  await clock.advance(50);
  await records.flush();
  expect(records.stats.written).toBe(1);
  await records.stop();
});

test('a file is closed when it is large or old', async () => {
  const records = spool({ maxFileBytes: 40 });
  await records.start();
  records.append('events', { message: 'x'.repeat(40) });
  await records.flush();
  records.append('events', { message: 'young' });
  await records.flush();
  expect((await readdir(dir)).filter((name) => !name.endsWith('.open'))).toHaveLength(1);
  await clock.advance(60_000);
  await records.flush();
  expect((await readdir(dir)).filter((name) => name.endsWith('.open'))).toEqual([]);
  await records.stop();
});

test('files left open by a killed process are closed at the next start', async () => {
  await writeFile(join(dir, 'events-1-old0.ndjson.open'), '{"message":"kept"}\n');
  const records = spool();
  await records.start();
  expect(await readdir(dir)).toEqual(['events-1-old0.ndjson']);
  await records.stop();
});

test('beyond its bound on disk the oldest closed file is lost and its records are counted', async () => {
  const records = spool({ maxFileBytes: 10, maxTotalBytes: 100 });
  await records.start();
  for (let n = 0; n < 10; n++) {
    records.append('events', { message: `number ${n}` });
    await records.flush();
  }
  const kept = await messages();
  expect(kept.at(-1)).toBe('number 9');
  expect(kept.length + records.stats.lost).toBe(10);
  expect(records.stats.lost).toBeGreaterThan(0);
  await records.stop();
});

test('while the folder cannot be written records wait in bounded memory, oldest lost and counted', async () => {
  const records = spool({ maxPendingBytes: 100 });
  await records.start();
  await rm(dir, { recursive: true });
  for (let n = 0; n < 10; n++) records.append('events', { message: `number ${n}` });
  await records.flush();
  await clock.advance(2_000);
  expect(records.stats.written).toBe(0);
  expect(records.stats.lost).toBeGreaterThan(0);
  await records.stop();
  expect(records.stats.lost).toBe(10);
});

test('a document that is not JSON is counted as lost and harms nobody', async () => {
  const records = spool();
  await records.start();
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  records.append('events', circular);
  records.append('events', { message: 'good' });
  await records.stop();
  expect(await messages()).toEqual(['good']);
  expect(records.stats.lost).toBe(1);
});
