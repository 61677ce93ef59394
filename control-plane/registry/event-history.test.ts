import { describe, expect, test } from 'vitest';
import { CacheEntry, CacheEvent } from './cache-entry.ts';
import { EventHistory } from './event-history.ts';

const event = (revision: number) =>
  new CacheEvent(
    'ADDED',
    new CacheEntry(`k${revision}`, revision, { apiVersion: 'v1', kind: 'X', metadata: { name: `k${revision}` } }),
    undefined,
  );
const revisions = (history: EventHistory, after: number) => history.after(after)?.map((one) => one.revision);

describe('the history of a kind', () => {
  test('gives what came after a revision, in order', () => {
    const history = new EventHistory(10);
    for (const revision of [12, 15, 20]) history.push(event(revision), 0);
    expect(revisions(history, 10)).toEqual([12, 15, 20]);
    expect(revisions(history, 13)).toEqual([15, 20]);
    expect(revisions(history, 15)).toEqual([20]);
    expect(revisions(history, 99)).toEqual([]);
  });

  test('does not know what was before it began', () => {
    expect(new EventHistory(10).after(9)).toBeUndefined();
  });

  test('forgets what is old once there is enough, and knows from where on it is complete', () => {
    const history = new EventHistory(0);
    for (let revision = 1; revision <= 2000; revision++) history.push(event(revision), 0);
    expect(revisions(history, 0)).toHaveLength(2000);
    history.push(event(2001), 61_000);
    expect(history.after(0)).toBeUndefined();
    expect(history.startRevision).toBe(2001 - 256);
    expect(revisions(history, history.startRevision)).toHaveLength(256);
  });

  test('forgets what is old also when nothing comes any more', () => {
    const history = new EventHistory(0);
    for (let revision = 1; revision <= 2000; revision++) history.push(event(revision), 0);
    history.forgetOld(59_000);
    expect(revisions(history, 0)).toHaveLength(2000);
    history.forgetOld(61_000);
    expect(history.startRevision).toBe(2000 - 256);
    expect(revisions(history, history.startRevision)).toHaveLength(256);
  });

  test('never holds more than its bound', () => {
    const history = new EventHistory(0);
    for (let revision = 1; revision <= 20_000; revision++) history.push(event(revision), 0);
    expect(revisions(history, history.startRevision)).toHaveLength(8192);
  });
});
