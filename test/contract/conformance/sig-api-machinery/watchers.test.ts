import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import type { ApiEvent } from '../api-client.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;

beforeAll(async () => {
  on = await ConformanceCluster.start();
});
afterAll(() => on?.stop());

const selecting = (value: string) => `?labelSelector=watch-this-configmap%3D${value}`;
const collectionOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const create = (maps: string, name: string, label: string) =>
  on.api.post(maps, { metadata: { name, labels: { 'watch-this-configmap': label } } });
const mutate = (maps: string, name: string, mutation: number) =>
  on.api.patch(`${maps}/${name}`, { data: { mutation: String(mutation) } });
const shapeOf = ({ type, object }: ApiEvent) => `${type} ${object.data?.['mutation'] ?? '-'}`;

test('[sig-api-machinery] Watchers should be able to start watching from a specific resource version', async () => {
  const maps = collectionOf(await on.namespace());
  await create(maps, 'map', 'from');
  const first = await mutate(maps, 'map', 1);
  await mutate(maps, 'map', 2);
  await on.api.delete(`${maps}/map`);
  const watch = await on.api.watch(maps + selecting('from'), first.metadata.resourceVersion);
  await watch.until('the deletion', ({ type }) => type === 'DELETED');
  expect(watch.events.map(shapeOf)).toEqual(['MODIFIED 2', 'DELETED 2']);
  watch.close();
});

test('[sig-api-machinery] Watchers should be able to restart watching from the last resource version observed by the previous watch', async () => {
  const maps = collectionOf(await on.namespace());
  const first = await on.api.watch(maps + selecting('again'));
  await create(maps, 'map', 'again');
  await mutate(maps, 'map', 1);
  const last = await first.until('the first change', ({ type }) => type === 'MODIFIED');
  first.close();
  await mutate(maps, 'map', 2);
  await on.api.delete(`${maps}/map`);
  const second = await on.api.watch(maps + selecting('again'), last.object.metadata.resourceVersion);
  await second.until('the deletion', ({ type }) => type === 'DELETED');
  expect(second.events.map(shapeOf)).toEqual(['MODIFIED 2', 'DELETED 2']);
  second.close();
});

test('[sig-api-machinery] Watchers should observe an object deletion if it stops meeting the requirements of the selector', async () => {
  const maps = collectionOf(await on.namespace());
  const watch = await on.api.watch(maps + selecting('chosen'));
  const label = (value: string) =>
    on.api.patch(`${maps}/map`, { metadata: { labels: { 'watch-this-configmap': value } } });
  await create(maps, 'map', 'chosen');
  await mutate(maps, 'map', 1);
  await label('other');
  await watch.until('the loss', ({ type }) => type === 'DELETED');
  // Nothing of this is for the watch.
  await mutate(maps, 'map', 2);
  await label('chosen');
  await watch.until('the return', ({ type, object }) => type === 'ADDED' && object.data?.['mutation'] === '2');
  await mutate(maps, 'map', 3);
  await on.api.delete(`${maps}/map`);
  await watch.until('the end', ({ type, object }) => type === 'DELETED' && object.data?.['mutation'] === '3');
  expect(watch.events.map(shapeOf)).toEqual([
    'ADDED -',
    'MODIFIED 1',
    'DELETED 1',
    'ADDED 2',
    'MODIFIED 3',
    'DELETED 3',
  ]);
  watch.close();
});

/** Writes that the watches look at, and how many watches. */
const WRITES = 100;

test('[sig-api-machinery] Watchers should receive events on concurrent watches in same order', async () => {
  const maps = collectionOf(await on.namespace());
  const { resourceVersion } = (await on.api.list(maps)).metadata;
  const first = await on.api.watch(maps, resourceVersion);
  const writing = (async () => {
    const there = new Set<string>();
    for (let write = 0; write < WRITES; write++) {
      const name = `map-${write % 7}`;
      if (!there.has(name)) {
        await create(maps, name, 'all');
        there.add(name);
      } else if (write % 3 === 0) {
        await on.api.delete(`${maps}/${name}`);
        there.delete(name);
      } else await mutate(maps, name, write);
    }
  })();
  await writing;
  const written = await eventually('every write', () => (first.events.length >= WRITES ? first.events : undefined));
  const versions = written.map(({ object }) => object.metadata.resourceVersion);
  for (let from = 0; from < versions.length - 1; from += 9) {
    const watch = await on.api.watch(maps, versions[from]);
    const rest = versions.slice(from + 1);
    await eventually('the rest', () => watch.events.length >= rest.length);
    expect(watch.events.map(({ object }) => object.metadata.resourceVersion)).toEqual(rest);
    watch.close();
  }
  first.close();
});
