import type { Batch } from '../../buffer/batch.ts';

/** A bulk body of these items; all of the batch, without a copy, when `undefined`. */
export function encodeBulk(batch: Batch, items: readonly number[] | undefined): Buffer {
  return items === undefined ? batch.body : Buffer.concat(items.map((n) => batch.item(n)));
}
