import { describe, expect, test } from 'vitest';
import { FakeClock } from '../clock.ts';
import type { ChangeHandler, ChangeType } from './informer.ts';
import { OwnWrites } from './own-writes.ts';
import type { Pod } from './types.ts';

/** An informer that shows what the test lets it show. */
class LaggingCache {
  readonly #objects = new Map<string, Pod>();
  #handler: ChangeHandler<Pod> = () => {};

  get(key: string): Pod | undefined {
    return this.#objects.get(key);
  }

  onChange(handler: ChangeHandler<Pod>): () => void {
    this.#handler = handler;
    return () => {};
  }

  show(type: ChangeType, object: Pod): void {
    const key = `default/${object.metadata?.name}`;
    const old = this.#objects.get(key);
    if (type === 'DELETED') this.#objects.delete(key);
    else this.#objects.set(key, object);
    this.#handler(type, object, old);
  }

  list(): Pod[] {
    return [...this.#objects.values()];
  }
}

function pod(name: string, revision: number, more: object = {}): Pod {
  return { metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: String(revision), ...more } };
}

function setUp() {
  const cache = new LaggingCache();
  const clock = new FakeClock();
  const writes = new OwnWrites<Pod>(cache, clock);
  return { cache, clock, writes, seen: () => writes.over(cache.list(), () => true) };
}

describe('own writes over a cache that lags', () => {
  test('a made object is there before the cache shows it, and once afterwards', () => {
    const { cache, writes, seen } = setUp();
    writes.wrote(pod('a', 5));
    expect(seen()).toHaveLength(1);
    cache.show('ADDED', pod('a', 5));
    expect(seen()).toHaveLength(1);
    cache.show('DELETED', pod('a', 6));
    expect(seen()).toEqual([]);
  });

  test('a written state covers the older one of the cache, and gives way to a newer one', () => {
    const { cache, writes, seen } = setUp();
    cache.show('ADDED', pod('a', 5));
    writes.wrote(pod('a', 9));
    cache.show('MODIFIED', pod('a', 7));
    expect(seen()[0]?.metadata?.resourceVersion).toBe('9');
    cache.show('MODIFIED', pod('a', 10));
    expect(seen()[0]?.metadata?.resourceVersion).toBe('10');
  });

  test('an answer that comes after its watch event changes nothing', () => {
    const { cache, writes, seen } = setUp();
    cache.show('ADDED', pod('a', 5));
    writes.wrote(pod('a', 5));
    cache.show('DELETED', pod('a', 6));
    expect(seen()).toEqual([]);
  });

  test('a removed object is not seen any more', () => {
    const { cache, writes, seen } = setUp();
    cache.show('ADDED', pod('a', 5));
    writes.deleted(pod('a', 5));
    expect(seen()).toEqual([]);
    cache.show('DELETED', pod('a', 6));
    expect(seen()).toEqual([]);
  });

  test('an object that was marked for deletion is seen marked', () => {
    const { cache, writes, seen } = setUp();
    cache.show('ADDED', pod('a', 5));
    writes.deleted(pod('a', 6, { deletionTimestamp: '2023-01-01T00:00:00Z' }));
    expect(seen()[0]?.metadata?.deletionTimestamp).toBeDefined();
  });

  test('an object that had gone before the answer to its deletion came is not brought back', () => {
    const { cache, writes, seen } = setUp();
    cache.show('ADDED', pod('a', 5));
    cache.show('DELETED', pod('a', 7));
    writes.deleted(pod('a', 6, { deletionTimestamp: '2023-01-01T00:00:00Z' }));
    expect(seen()).toEqual([]);
  });

  test('what was made and removed before the cache showed it is not seen', () => {
    const { cache, writes, seen } = setUp();
    writes.wrote(pod('a', 5));
    writes.deleted(pod('a', 5));
    expect(seen()).toEqual([]);
    cache.show('ADDED', pod('a', 5));
    expect(seen()).toEqual([]);
  });

  test('what the cache never shows is believed for a while only', async () => {
    const { clock, writes, seen } = setUp();
    writes.wrote(pod('a', 5));
    await clock.advance(30_000);
    expect(seen()).toEqual([]);
  });

  test('made objects of somebody else are left out', () => {
    const { cache, writes } = setUp();
    writes.wrote(pod('a', 5));
    expect(writes.over(cache.list(), () => false)).toEqual([]);
  });
});
