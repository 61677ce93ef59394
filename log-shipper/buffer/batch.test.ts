import { expect, test } from 'vitest';
import { Batch } from './batch.ts';

function fill(batch: Batch, itemBytes: number): void {
  while (!batch.full) {
    batch.beginItem(itemBytes);
    batch.bytes.fill(0x61, batch.length, batch.length + itemBytes);
    batch.length += itemBytes;
  }
}

test('a full batch of usual lines takes 2 MiB of memory, whatever their size is', () => {
  for (const itemBytes of [300, 1_254, 17_000, 60_000]) {
    const batch = new Batch();
    fill(batch, itemBytes);
    expect(batch.bytes.length, `lines of ${itemBytes} bytes`).toBe(2 * 1024 * 1024);
  }
});

test('memory is used again, and what a giant took is given back', () => {
  const batch = new Batch();
  fill(batch, 1_000);
  const { buffer } = batch.bytes;
  batch.reset();
  fill(batch, 1_000);
  expect(batch.bytes.buffer === buffer).toBe(true);
  batch.beginItem(8 * 1024 * 1024);
  expect(batch.bytes.length).toBeGreaterThan(8 * 1024 * 1024);
  batch.reset();
  expect(batch.bytes.length).toBeLessThan(2 * 1024 * 1024);
});

test('each item is found where it was put', () => {
  const batch = new Batch();
  for (const text of ['one', 'two and more', '3']) {
    batch.beginItem(text.length);
    batch.length += batch.bytes.write(text, batch.length);
  }
  expect(batch.allItems().map((n) => batch.item(n).toString())).toEqual(['one', 'two and more', '3']);
  expect(batch.body.toString()).toBe('onetwo and more3');
});
