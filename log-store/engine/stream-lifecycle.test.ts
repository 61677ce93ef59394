import { describe, expect, test } from 'vitest';
import type { IndexStore } from './index-store.ts';
import { segmentsToDrop } from './retention.ts';
import type { Segment } from './segment.ts';
import { boundsOf, LIFECYCLE_SETTING, parseLifecycle, parseSizeBytes } from './stream-lifecycle.ts';

const none = { maxBytes: Infinity, maxAgeMs: Infinity };
const day = 86_400_000;

test.each([
  ['50gb', 50 * 1024 ** 3],
  ['1.5KB', 1536],
  ['12', 12],
  ['12 mb', 12 * 1024 ** 2],
  ['gb', undefined],
  ['-1b', undefined],
])('the size %j', (text, bytes) => {
  expect(parseSizeBytes(text)).toBe(bytes);
});

test.each([
  [{ data_retention: 'long' }, 'data_retention'],
  [{ max_size: 'big' }, 'max_size'],
  [{ retention: '7d' }, 'unknown field [retention]'],
  [{ downsampling: [] }, 'downsampling'],
])('the lifecycle %j is refused', (body, message) => {
  expect(() => parseLifecycle(body)).toThrow(message);
});

describe('the bounds of a stream', () => {
  test('are the tightest of its lifecycle and the policy that it names', () => {
    const policies = new Map([
      ['ilm/logs', { policy: { phases: { delete: { min_age: '3d', actions: { delete: {} } } } } }],
    ]);
    const lifecycle = { [LIFECYCLE_SETTING]: { data_retention: '7d', max_size: '1kb' } };
    expect(boundsOf(lifecycle, policies)).toEqual({ maxAgeMs: 7 * day, maxBytes: 1024 });
    expect(boundsOf({ ...lifecycle, 'index.lifecycle.name': 'logs' }, policies).maxAgeMs).toBe(3 * day);
    expect(boundsOf({ index: { lifecycle: { name: 'logs' } } }, policies)).toEqual({
      maxAgeMs: 3 * day,
      maxBytes: Infinity,
    });
    expect(boundsOf({ 'index.lifecycle.name': 'other' }, policies)).toEqual(none);
  });
});

/** Streams of segments of ten bytes with these newest times, in days. */
function stream(name: string, newest: readonly number[]): IndexStore {
  const segments = newest.map((days) => ({ maxMs: days * day, diskBytes: 10 }) as unknown as Segment);
  return { name, dataStream: true, segments, diskBytes: newest.length * 10 } as unknown as IndexStore;
}

describe('what goes first', () => {
  const dropped = (
    indices: IndexStore[],
    retention: Partial<typeof none>,
    own: Record<string, Partial<typeof none>> = {},
  ) =>
    segmentsToDrop(indices, { ...none, ...retention }, 10 * day, (index) => ({ ...none, ...own[index.name] })).map(
      ({ index, segment, reason }) => `${index.name} ${segment.maxMs / day} ${reason}`,
    );

  test('is what is too old for its stream or for all', () => {
    expect(
      dropped([stream('a', [1, 5, 9]), stream('b', [1, 5])], { maxAgeMs: 8 * day }, { a: { maxAgeMs: 3 * day } }),
    ).toEqual(['a 1 age', 'a 5 age', 'b 1 age']);
  });

  test('is the oldest of a stream that is too large, and no other stream pays for it', () => {
    expect(dropped([stream('a', [9, 1, 5]), stream('b', [0])], {}, { a: { maxBytes: 10 } })).toEqual([
      'a 1 bytes',
      'a 5 bytes',
    ]);
  });

  test('is the oldest of all when all together are too large', () => {
    expect(dropped([stream('a', [2, 8]), stream('b', [1, 9])], { maxBytes: 20 })).toEqual(['b 1 bytes', 'a 2 bytes']);
  });
});
