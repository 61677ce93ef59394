import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { FolderWatches } from './folder-watches.ts';

let dir: string;
let watches: FolderWatches;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'watches-'));
  watches = new FolderWatches();
});
afterEach(() => {
  watches.close();
  rmSync(dir, { recursive: true, force: true });
});

function told(base: string): { readonly events: string[]; readonly close: () => void } {
  const events: string[] = [];
  const log = watches.subscribe(dir, base, (renamed) => events.push(renamed ? 'renamed' : 'written'));
  return { events, close: () => log.close() };
}

test('a log is told of its own changes and rotations, not of those of its neighbours in the folder', async () => {
  writeFileSync(join(dir, 'a.log'), '');
  const [a, b] = [told('a.log'), told('b.log')];
  appendFileSync(join(dir, 'a.log'), 'line\n');
  await eventually('the write is told', () => a.events.includes('written'));
  renameSync(join(dir, 'a.log'), join(dir, 'a.log.1'));
  await eventually('the rotation is told', () => a.events.includes('renamed'));
  expect(b.events).toEqual([]);
  writeFileSync(join(dir, 'b.log'), '');
  await eventually('the neighbour is told of its own', () => b.events.includes('renamed'));
});

test('when one log is closed the others in its folder are still told', async () => {
  const [a, b] = [told('a.log'), told('b.log')];
  a.close();
  writeFileSync(join(dir, 'a.log'), '');
  writeFileSync(join(dir, 'b.log'), '');
  await eventually('the other is told', () => b.events.length > 0);
  expect(a.events).toEqual([]);
});

test('a folder that does not exist cannot be watched, and says so', () => {
  expect(watches.subscribe(join(dir, 'nowhere'), 'a.log', () => undefined).works).toBe(false);
});
