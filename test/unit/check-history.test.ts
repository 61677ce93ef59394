import { describe, expect, test } from 'vitest';
import { checkHistory } from '../support/history/check-history.ts';
import type { Attempt, History, Read, SeenEvent, Span } from '../support/history/history.ts';

const added: SeenEvent = { type: 'ADDED', name: 'a', uid: 'u1', revision: 1, value: 'v1', color: 'red' };
const changed: SeenEvent = { ...added, type: 'MODIFIED', revision: 2, value: 'v2', color: 'blue' };
const deleted: SeenEvent = { ...changed, type: 'DELETED', revision: 3 };
const events = [added, changed, deleted];

const span = (...seen: SeenEvent[]): Span[] => [{ after: 0, upTo: 3, events: seen }];

const create: Attempt = {
  client: 'one',
  name: 'a',
  kind: 'create',
  value: 'v1',
  outcome: 'acknowledged',
  revision: 1,
  startedMs: 0,
  endedMs: 1,
};
const update: Attempt = { ...create, kind: 'update', value: 'v2', base: 1, revision: 2, startedMs: 2, endedMs: 3 };
const remove: Attempt = {
  client: 'two',
  name: 'a',
  kind: 'delete',
  base: 2,
  outcome: 'acknowledged',
  startedMs: 4,
  endedMs: 5,
};
const read: Read = { client: 'two', name: 'a', revision: 2, value: 'v2', startedMs: 3.2, endedMs: 3.5 };

const good: History = {
  attempts: [create, update, remove],
  reads: [read],
  watchers: { w1: span(...events), w2: span(...events) },
  selecting: [{ color: 'red', events: [added, { ...added, type: 'DELETED', revision: 2 }] }],
  final: [],
};

test('a history of one order of writes is right', () => {
  expect(checkHistory(good)).toEqual([]);
  const unknown: Attempt = { ...remove, outcome: 'unknown' };
  expect(checkHistory({ ...good, attempts: [create, update, unknown] }), 'no answer, but done').toEqual([]);
  const vain: Attempt = { ...update, value: 'v9', outcome: 'unknown', revision: undefined };
  expect(checkHistory({ ...good, attempts: [...good.attempts, vain] }), 'no answer, and not done').toEqual([]);
});

describe('it finds', () => {
  const late: Attempt = { ...update, value: 'v3', base: 2, revision: 4, startedMs: 6, endedMs: 7 };
  const undeleted = { watchers: { w1: span(added, changed) }, selecting: [], attempts: [create, update], final: [] };
  test.each<{ name: string; history: Partial<History>; says: string }>([
    {
      name: 'an event that one watcher missed',
      history: { watchers: { w1: span(...events), w2: span(added, deleted) } },
      says: 'w2 missed: MODIFIED a 2 v2 u1',
    },
    {
      name: 'an event twice',
      history: { watchers: { w1: span(...events), w2: span(added, changed, changed, deleted) } },
      says: 'w2 saw 1 events twice',
    },
    {
      name: 'events in another order',
      history: { watchers: { w1: span(...events), w2: span(changed, added, deleted) } },
      says: 'w2 saw ADDED of a at 1 after revision 2',
    },
    {
      name: 'an acknowledged write that is lost',
      history: { watchers: { w1: span(added) } },
      says: 'w1 was not told of v2, acknowledged at 2',
    },
    {
      name: 'a deletion that is lost',
      history: { final: [{ name: 'a', revision: 2, value: 'v2' }], attempts: [...good.attempts, late], reads: [] },
      says: 'both a deletion by two and v3 follow upon a at 2',
    },
    {
      name: 'a refused write that happened',
      history: { attempts: [create, { ...update, outcome: 'refused', revision: undefined }, remove] },
      says: 'v2 was refused, and happened at 2',
    },
    {
      name: 'what nobody wrote',
      history: { attempts: [create, remove] },
      says: 'nobody wrote v2 to a, where it was at 2',
    },
    {
      name: 'an update upon a state that was no longer there',
      history: { attempts: [create, { ...update, base: 0 }, remove] },
      says: 'v2 was written upon 0, although v1 was there at 1',
    },
    {
      name: 'a deletion that nobody asked for',
      history: { attempts: [create, update] },
      says: 'nobody deleted a of 2',
    },
    {
      name: 'two who deleted the same',
      history: { attempts: [create, update, remove, { ...remove, client: 'three' }] },
      says: 'both a deletion by two and a deletion by three follow upon a at 2',
    },
    {
      name: 'a write that overtook one before it',
      history: { attempts: [{ ...create, startedMs: 4 }, update, remove] },
      says: 'v1 at 1 began after the answer to v2 at 2',
    },
    {
      name: 'an object added twice',
      history: { watchers: { w1: span(added, { ...changed, type: 'ADDED' }, deleted) } },
      says: 'w1 saw ADDED of a at 2: it was there',
    },
    {
      name: 'an object that turned into another',
      history: { watchers: { w1: span(added, { ...changed, uid: 'u2' }, deleted) } },
      says: 'MODIFIED of a at 2: it was another',
    },
    {
      name: 'a stale read',
      history: { reads: [{ ...read, revision: 1, value: 'v1' }] },
      says: 'two read a at 1, although 2 was acknowledged before',
    },
    {
      name: 'a read of what never was',
      history: { reads: [{ ...read, value: 'v1' }] },
      says: '2 is the revision of v2 and of v1',
    },
    {
      name: 'a read that does not find what is there',
      history: { ...undeleted, reads: [{ ...read, revision: undefined, value: undefined }] },
      says: 'two read a: absent, although 2 was acknowledged before',
    },
    {
      name: 'a selection that was not left',
      history: { selecting: [{ color: 'red', events: [added] }] },
      says: 'the watcher of red missed: DELETED a 2 v1 u1',
    },
    { name: 'a list that lacks an object', history: undeleted, says: 'the list at the end lacks a, known at 2' },
    {
      name: 'a list with an object too many',
      history: { final: [{ name: 'b', revision: 9, value: 'v' }] },
      says: 'nobody wrote v to b, where it was at 9',
    },
  ])('$name', ({ history, says }) => {
    expect(checkHistory({ ...good, ...history }).join('\n')).toContain(says);
  });
});
