import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SystemClock } from '../../../lib/clock.ts';
import { silentLog } from '../../../lib/log.ts';
import { Batch } from '../../buffer/batch.ts';
import { StdoutSink } from './stdout-sink.ts';

const deps = {
  clusterName: 'demo',
  clock: new SystemClock(),
  log: silentLog,
  random: () => 0,
  outputEnded: () => undefined,
};
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vigil-stdout-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function batchOf(from: number, to: number): Batch {
  const batch = new Batch();
  for (let n = from; n < to; n++) {
    const item = `{"create":{"_index":"logs-vigil.containers-default","_id":"c-r-${n}"}}\n{"message":"{\\"_id\\":${n}}"}\n`;
    batch.beginItem(item.length);
    batch.length += batch.bytes.write(item, batch.length);
  }
  return batch;
}

test('every document is a line that begins with its id, batches in the order they were given', async () => {
  const path = join(dir, 'out');
  const fd = openSync(path, 'w');
  const sink = new StdoutSink(deps, fd);
  const { signal } = new AbortController();
  await Promise.all([0, 1, 2].map((n) => sink.send(batchOf(n * 1_000, n * 1_000 + 1_000), signal)));
  closeSync(fd);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(3_000);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    Array.from({ length: 3_000 }, (_, n) => ({ _id: `c-r-${n}`, message: `{"_id":${n}}` })),
  );
});
