import type { Batch } from '../../buffer/batch.ts';

const NEWLINE = 10;
const idKey = Buffer.from('"_id":"');
const actionEnd = Buffer.from('"}}');
const head = Buffer.from('{"_id":"');
const between = Buffer.from('",');

/** These items (all when `undefined`) as a document a line, each with its `_id` first, so that a reader can tell a repetition. */
export function encodeLines(batch: Batch, items: readonly number[] | undefined): Buffer {
  const out = Buffer.allocUnsafe(batch.length);
  let length = 0;
  for (const n of items ?? batch.allItems()) {
    const item = batch.item(n);
    const newline = item.indexOf(NEWLINE);
    const idStart = item.indexOf(idKey) + idKey.length;
    length += head.copy(out, length);
    length += item.copy(out, length, idStart, newline - actionEnd.length);
    length += between.copy(out, length);
    // Without the brace that the document begins with.
    length += item.copy(out, length, newline + 2);
  }
  return out.subarray(0, length);
}
