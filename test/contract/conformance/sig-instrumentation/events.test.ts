import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { expectGone, updateWith } from '../api-operations.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start();
});
afterAll(() => on?.stop());

const time = '2026-01-01T00:00:00.000000Z';

/** An Event of events.k8s.io. */
const event = (namespace: string, name: string, label: string) => ({
  metadata: { name, labels: { 'testevent-set': label } },
  action: 'Do',
  reason: 'Test',
  type: 'Normal',
  note: 'This is a test',
  eventTime: time,
  reportingController: 'test-controller',
  reportingInstance: 'test-node',
  regarding: { kind: 'Pod', namespace, name: 'a-pod' },
});

const namesOf = async (path: string) => (await on.api.list(path)).items.map(({ metadata }) => metadata.name).toSorted();

test('[sig-instrumentation] Events API should ensure that an event can be fetched, patched, deleted, and listed', async () => {
  const namespace = await on.namespace();
  const all = '/apis/events.k8s.io/v1/events';
  const events = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
  const selected = '?labelSelector=testevent-set%3Dfetched';
  await on.api.post(events, event(namespace, 'event-test', 'fetched'));
  expect(await namesOf(all + selected)).toEqual(['event-test']);
  expect(await namesOf(events + selected)).toEqual(['event-test']);
  const byField = `?fieldSelector=${encodeURIComponent('reportingController=test-controller,metadata.name=event-test')}`;
  expect(await namesOf(events + byField)).toEqual(['event-test']);
  expect(await on.api.get(`${events}/event-test`)).toMatchObject({ note: 'This is a test', reason: 'Test' });

  const patched = await on.api.patch(`${events}/event-test`, { note: 'This is a patched test' }, 'strategic');
  expect(patched).toMatchObject({ note: 'This is a patched test' });
  const series = { count: 100, lastObservedTime: '2026-01-01T00:01:00.000000Z' };
  await updateWith(on.api, `${events}/event-test`, (object) => ({ ...object, series }));
  expect(await on.api.get(`${events}/event-test`)).toMatchObject({ note: 'This is a patched test', series });

  await on.api.delete(`${events}/event-test`);
  await expectGone(on.api, `${events}/event-test`);
  expect(await namesOf(all + selected)).toEqual([]);
});

test('[sig-instrumentation] Events API should delete a collection of events', async () => {
  const namespace = await on.namespace();
  const events = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
  const selected = '?labelSelector=testevent-set%3Dcollected';
  for (const name of ['test-event-1', 'test-event-2', 'test-event-3']) {
    await on.api.post(events, event(namespace, name, 'collected'));
  }
  await on.api.post(events, event(namespace, 'stays', 'other'));
  expect(await namesOf(events + selected)).toEqual(['test-event-1', 'test-event-2', 'test-event-3']);
  await on.api.delete(events + selected);
  await eventually('all are gone', async () => (await namesOf(events + selected)).length === 0);
  expect(await namesOf(events)).toContain('stays');
});

test('[sig-instrumentation] Events should manage the lifecycle of an event', async () => {
  const namespace = await on.namespace();
  const events = `/api/v1/namespaces/${namespace}/events`;
  const everywhere = '/api/v1/events?labelSelector=testevent-constant%3Dtrue';
  await on.api.post(events, {
    metadata: { name: 'event-core', labels: { 'testevent-constant': 'true' } },
    message: 'This is a test event',
    reason: 'Test',
    type: 'Normal',
    count: 1,
    involvedObject: { namespace },
  });
  expect(await namesOf(everywhere)).toEqual(['event-core']);
  await on.api.patch(`${events}/event-core`, { message: 'This is a test event - patched' }, 'strategic');
  expect(await on.api.get(`${events}/event-core`)).toMatchObject({ message: 'This is a test event - patched' });
  const series = { count: 100, lastObservedTime: '2026-01-01T00:01:00.000000Z' };
  await updateWith(on.api, `${events}/event-core`, (object) => ({ ...object, series }));
  expect(await on.api.get(`${events}/event-core`)).toMatchObject({ series });
  await on.api.delete(`${events}/event-core`);
  await expectGone(on.api, `${events}/event-core`);
  expect(await namesOf(everywhere)).toEqual([]);
});
