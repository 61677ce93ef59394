import { expect, test } from 'vitest';
import { defaultHoldBounds, planDrops, type KeptFile } from './hold-bounds.ts';

const nowMs = 1_000_000_000;
const bounds = { maxBytes: 100, maxAgeMs: 1_000, minFreeShare: 0.1 };
const roomy = { freeBytes: 500, totalBytes: 1_000 };
const file = (key: string, sizeBytes: number, agoMs: number): KeptFile => ({
  id: 'log',
  key,
  sizeBytes,
  writtenMs: nowMs - agoMs,
});
const dropped = (...input: Parameters<typeof planDrops>) =>
  planDrops(...input).map(({ file: { key }, reason }) => `${key} ${reason}`);

test('within the bounds nothing is given up', () => {
  expect(dropped([file('a', 60, 900), file('b', 40, 10)], roomy, bounds, nowMs)).toEqual([]);
});

test('beyond the space the oldest go first, and no more than needed', () => {
  const kept = [file('newest', 50, 10), file('oldest', 30, 900), file('middle', 50, 500)];
  expect(dropped(kept, roomy, bounds, nowMs)).toEqual(['oldest space']);
  expect(dropped([...kept, file('more', 30, 20)], roomy, bounds, nowMs)).toEqual(['oldest space', 'middle space']);
});

test('what is too old goes, however little it is', () => {
  expect(dropped([file('a', 1, 1_001), file('b', 1, 1_000)], roomy, bounds, nowMs)).toEqual(['a age']);
});

test('when the disk fills, files go until enough is free', () => {
  const full = { freeBytes: 60, totalBytes: 1_000 };
  expect(dropped([file('a', 30, 9), file('b', 30, 8), file('c', 30, 7)], full, bounds, nowMs)).toEqual([
    'a disk',
    'b disk',
  ]);
  expect(dropped([file('a', 30, 9)], undefined, bounds, nowMs)).toEqual([]);
});

test('by default 4 GiB, a day, and a tenth of the disk free', () => {
  expect(defaultHoldBounds).toEqual({ maxBytes: 4_294_967_296, maxAgeMs: 86_400_000, minFreeShare: 0.1 });
});
