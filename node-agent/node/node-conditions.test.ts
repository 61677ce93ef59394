import { describe, expect, test } from 'vitest';
import { nodeConditions, type NodeObservation } from './node-conditions.ts';

const now = 1_700_000_000_000;
const mib = 1024 * 1024;
const healthy: NodeObservation = {
  pressure: {
    memoryAvailableBytes: 4096 * mib,
    diskBytes: 100 * mib,
    diskAvailableBytes: 50 * mib,
    inodes: 100,
    inodesFree: 50,
    processes: 100,
    maxProcesses: 1000,
  },
};

function statuses(observation: NodeObservation): Record<string, string> {
  return Object.fromEntries(nodeConditions(observation, [], now).map(({ type, status }) => [type, status]));
}

test('a healthy node is Ready and under no pressure', () => {
  expect(statuses(healthy)).toEqual({
    MemoryPressure: 'False',
    DiskPressure: 'False',
    PIDPressure: 'False',
    Ready: 'True',
  });
});

test.each([
  ['MemoryPressure', { memoryAvailableBytes: 99 * mib }],
  ['DiskPressure', { diskAvailableBytes: 9 * mib }],
  ['DiskPressure', { inodesFree: 4 }],
  ['PIDPressure', { processes: 950 }],
])('%s when %j', (type, pressure) => {
  expect(statuses({ pressure: { ...healthy.pressure, ...pressure } })[type]).toBe('True');
});

test('what cannot be read raises no alarm', () => {
  expect(statuses({ pressure: {} })).toEqual(statuses(healthy));
});

test('without its engine a node is not Ready, and says why', () => {
  const [ready] = nodeConditions({ ...healthy, engineProblem: 'gone' }, [], now).filter(({ type }) => type === 'Ready');
  expect(ready).toMatchObject({ status: 'False', message: 'gone' });
});

describe('of the shipper', () => {
  const shipper = { lagSeconds: 1, backlogBytes: 5, lastError: null, updatedAt: new Date(now).toISOString() };
  const of = (over: object) => statuses({ ...healthy, shipper: { ...shipper, ...over } });
  const agoOf = (ms: number) => new Date(now - ms).toISOString();

  test('none shows where there is no shipper', () => {
    expect(Object.keys(statuses(healthy)).filter((type) => type.startsWith('vigil.dev/'))).toEqual([]);
  });

  test('being behind, or silent, shows', () => {
    const type = 'vigil.dev/LogShipperBehind';
    expect(of({})[type]).toBe('False');
    expect([of({ lagSeconds: 30 })[type], of({ lagSeconds: 31 })[type]]).toEqual(['False', 'True']);
    expect([of({ updatedAt: agoOf(60_000) })[type], of({ updatedAt: agoOf(60_001) })[type]]).toEqual(['False', 'True']);
  });

  test.each([
    ['linesLost', 'vigil.dev/LogLinesLost'],
    ['documentsRefused', 'vigil.dev/LogDocumentsRefused'],
  ])('%s shows for ten minutes after the last time', (kind, type) => {
    const lastAgo = (ms: number) => of({ incidents: { [kind]: { count: 3, lastAt: agoOf(ms), reason: 'why' } } })[type];
    expect(of({})[type]).toBe('False');
    expect([lastAgo(0), lastAgo(599_999), lastAgo(600_000)]).toEqual(['True', 'True', 'False']);
  });
});

test('times move only with the status, and conditions of others stay', () => {
  const old = '2020-01-01T00:00:00Z';
  const known = [
    { type: 'Ready', status: 'True', lastTransitionTime: old, lastHeartbeatTime: old },
    { type: 'DiskPressure', status: 'Unknown', lastTransitionTime: old },
    { type: 'NetworkUnavailable', status: 'False', lastTransitionTime: old },
  ];
  const found = new Map(nodeConditions(healthy, known, now).map((condition) => [condition.type, condition]));
  expect(found.get('Ready')).toMatchObject({ lastTransitionTime: old, lastHeartbeatTime: '2023-11-14T22:13:20Z' });
  expect(found.get('DiskPressure')?.lastTransitionTime).toBe('2023-11-14T22:13:20Z');
  expect(found.get('NetworkUnavailable')).toEqual(known[2]);
});
