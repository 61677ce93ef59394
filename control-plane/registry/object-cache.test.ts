import { expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import { CacheEntry } from './cache-entry.ts';
import { ObjectCache } from './object-cache.ts';

const entry = (revision: number) =>
  new CacheEntry('default/a', revision, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'default', resourceVersion: String(revision) },
  });

test('of states of the past no bytes are kept, and a watch that starts there is sent them all the same', () => {
  const cache = new ObjectCache(new FakeClock());
  const [first, second] = [entry(1), entry(2)];
  cache.put(first);
  const sent = first.bytes;
  expect(first.bytes).toBe(sent);
  cache.put(second);
  cache.remove('default/a', 3);
  const lines: string[] = [];
  cache.watch(0, ({ line }) => lines.push(line.toString()));
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { type: 'ADDED', object: { metadata: { resourceVersion: '1' } } },
    { type: 'MODIFIED', object: { metadata: { resourceVersion: '2' } } },
    { type: 'DELETED', object: { metadata: { resourceVersion: '3' } } },
  ]);
  expect(first.bytes).not.toBe(sent);
  expect(first.bytes).toEqual(sent);
});
