import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from './clock.ts';
import { silentLog } from './log.ts';
import { StateFile } from './state-file.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'state-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('changes that come together share one write, of the last content, for its owner only', async () => {
  const path = join(root, 'state.json');
  const clock = new FakeClock();
  const file = new StateFile<{ n: number }>(path, 'numbers', clock, silentLog);
  file.save(() => ({ n: 1 }));
  file.save(() => ({ n: 2 }));
  await clock.advance(1_000);
  await file.flush();
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ n: 2 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await file.load()).toEqual({ n: 2 });
});

test('no file and a damaged one are nothing', async () => {
  const path = join(root, 'state.json');
  const file = new StateFile(path, 'numbers', new FakeClock(), silentLog);
  expect(await file.load()).toBeUndefined();
  writeFileSync(path, '{"n":');
  expect(await file.load()).toBeUndefined();
});
