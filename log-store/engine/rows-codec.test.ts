import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockBuilder } from './block-builder.ts';
import { decodeBlock, encodeBlock } from './block.ts';
import { IdSequences } from './id-sequences.ts';
import type { StoredDoc } from './rows.ts';
import { TailPool } from './tail.ts';
import { decodeWalEntry, encodeWalEntry } from './wal-frame.ts';

const document = fc.record({
  id: fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.nat().map((n) => `c0ffee-r1-${n.toString(36)}`),
  ),
  ms: fc.oneof(
    fc.integer({ min: 0, max: 4e12 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((ms) => Math.floor(ms) + 0),
  ),
  subNs: fc.integer({ min: 0, max: 999_999 }),
  text: fc.string({ unit: 'grapheme' }),
});

function built(documents: readonly { id: string; ms: number; subNs: number; text: string }[]) {
  const builder = new BlockBuilder();
  const sequences = new IdSequences();
  const docs = documents.map(({ text, ...rest }, n): StoredDoc => {
    return { seq: n * 3, ...rest, source: Buffer.from(JSON.stringify({ text })) };
  });
  for (const doc of docs) builder.addWhole(doc, sequences.prefixOf(doc.id), {});
  return { builder, docs };
}

test('documents come out of a block as they went in', () => {
  fc.assert(
    fc.property(fc.array(document, { minLength: 1, maxLength: 50 }), (documents) => {
      const { builder, docs } = built(documents);
      const rows = decodeBlock(encodeBlock(builder.rows()), new TailPool());
      expect(docs.map((_, n) => rows?.doc(n))).toEqual(docs);
    }),
  );
});

test('documents come out of a log entry as they went in, those of any part of a builder', () => {
  fc.assert(
    fc.property(fc.array(document, { minLength: 1, maxLength: 50 }), fc.nat(), fc.nat(), (documents, a, b) => {
      const { builder, docs } = built(documents);
      const from = Math.min(a, b) % docs.length;
      const to = from + 1 + (Math.max(a, b) % (docs.length - from));
      const bytes = Buffer.concat(encodeWalEntry('uuid', [{ builder, from, to }], [7, 2 ** 40]));
      const entry = decodeWalEntry(bytes, new TailPool());
      expect(entry).toMatchObject({ indexUuid: 'uuid', deleted: [7, 2 ** 40] });
      expect(docs.slice(from, to).map((_, n) => entry.added[0]?.doc(n))).toEqual(docs.slice(from, to));
    }),
  );
});

test('a block with any byte changed is not decoded', () => {
  const block = encodeBlock(built([{ id: 'a', ms: 1, subNs: 2, text: 'hello' }]).builder.rows());
  for (let at = 0; at < block.length; at++) {
    const damaged = Buffer.from(block);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    expect(decodeBlock(damaged, new TailPool())).toBeUndefined();
  }
});

test('rows of an earlier moment stay as they were while documents are added', () => {
  const { builder, docs } = built([{ id: 'a', ms: 1, subNs: 2, text: 'hello' }]);
  const before = builder.rows();
  for (let n = 0; n < 1_000; n++) {
    builder.addWhole(
      { seq: n + 10, id: `x${n}`, ms: n, subNs: 0, source: Buffer.from('x'.repeat(100)) },
      undefined,
      {},
    );
  }
  expect(before.count).toBe(1);
  expect(before.doc(0)).toEqual(docs[0]);
});
