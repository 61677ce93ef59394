import { expect, test } from 'vitest';
import { namespaces } from '../../lib/kube/resources.ts';
import { notFound } from '../../lib/kube/status-errors.ts';
import { slowStart } from './slow-start.ts';

const tenItems = Array.from({ length: 10 }, (_, index) => index);

/** Notes how many were begun before any of them was made. */
async function batchesOf(items: readonly number[], failing?: number, error = new Error('no quota')) {
  const batches: number[] = [];
  let begun = 0;
  const failure = await slowStart(items, async (item) => {
    if (begun++ === 0) {
      queueMicrotask(() => {
        batches.push(begun);
        begun = 0;
      });
    }
    await Promise.resolve();
    if (item === failing) throw error;
  });
  return { batches, failure };
}

test('creations start slowly: 1, 2, 4…', async () => {
  expect(await batchesOf(tenItems)).toEqual({ batches: [1, 2, 4, 3], failure: undefined });
  expect(await batchesOf([])).toEqual({ batches: [], failure: undefined });
});

test('the batch in which one fails is the last, and its error is told', async () => {
  expect(await batchesOf(tenItems, 4)).toEqual({ batches: [1, 2, 4], failure: { error: new Error('no quota') } });
});

test('in a namespace that ends there is nothing more to do, and nothing to complain of', async () => {
  const found = await batchesOf(tenItems, 2, notFound(namespaces, 'gone'));
  expect(found).toEqual({ batches: [1, 2], failure: undefined });
});
