import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BesideFolder } from './beside-folder.ts';

const nowMs = 1_795_000_000_000;
const hours = (n: number) => (nowMs - n * 3_600_000) / 1_000;

test('folders without a sign of life for two days are removed, our own and those of living shippers stay', () => {
  const root = mkdtempSync(join(tmpdir(), 'beside-'));
  try {
    const folders = { own: 'a'.repeat(16), living: 'b'.repeat(16), left: 'c'.repeat(16), others: 'of somebody else' };
    for (const [name, age] of [
      [folders.own, 100],
      [folders.living, 47],
      [folders.left, 49],
      [folders.others, 100],
    ] as const) {
      mkdirSync(join(root, name));
      utimesSync(join(root, name), hours(age), hours(age));
    }
    const beside = new BesideFolder(join(root, folders.own));
    beside.tend(nowMs);
    expect(readdirSync(root).toSorted()).toEqual([folders.own, folders.living, folders.others]);
    expect(statSync(join(root, folders.own)).mtimeMs).toBe(nowMs);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
