import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KubeApiError, type KubeClient } from '../../../lib/kube/client.ts';
import { configMaps } from '../../../lib/kube/resources.ts';
import type { ConfigMap, WatchEvent } from '../../../lib/kube/types.ts';

export interface ClientUnderTest {
  readonly client: KubeClient;
  stop(): Promise<void>;
}

/** How long a watch may take to show a change. */
const PATIENCE_MS = 10_000;

/** What every `KubeClient` promises, whether it is the registry itself, HTTPS or the fake of the unit tests. */
export function describeKubeClient(name: string, open: () => Promise<ClientUnderTest>): void {
  describe(`${name} as a KubeClient`, () => {
    let under: ClientUnderTest;
    let client: KubeClient;
    beforeAll(async () => {
      under = await open();
      client = under.client;
    });
    afterAll(() => under.stop());

    test('creates what it then gets and lists', async () => {
      const made = await client.create(configMaps, map('made', { labels: { set: 'made' } }));
      expect(made.metadata).toMatchObject({ name: 'made', namespace: 'default' });
      expect(made.metadata?.uid).toBeTruthy();
      expect(made.metadata?.resourceVersion).toMatch(/^\d+$/);
      expect(await client.get(configMaps, keyOf('made'))).toMatchObject({ data: { v: '1' }, metadata: made.metadata });
      const list = await client.list(configMaps, { namespace: 'default', labelSelector: 'set=made' });
      expect(list.items.map(({ metadata }) => metadata?.name)).toEqual(['made']);
      expect(list.metadata.resourceVersion).toMatch(/^\d+$/);
    });

    test('lists by fields, and in pages that together are the whole', async () => {
      for (const at of [1, 2, 3, 4, 5]) await client.create(configMaps, map(`page-${at}`, { labels: { set: 'page' } }));
      const one = await client.list(configMaps, { namespace: 'default', fieldSelector: 'metadata.name=page-3' });
      expect(one.items).toHaveLength(1);
      const names: (string | undefined)[] = [];
      let next: string | undefined;
      do {
        const page = await client.list(configMaps, {
          namespace: 'default',
          labelSelector: 'set=page',
          limit: 2,
          continue: next,
        });
        names.push(...page.items.map(({ metadata }) => metadata?.name));
        next = page.metadata.continue;
      } while (next);
      expect([...names].sort((a, b) => String(a).localeCompare(String(b)))).toEqual([
        'page-1',
        'page-2',
        'page-3',
        'page-4',
        'page-5',
      ]);
    });

    test.each<[string, () => Promise<unknown>, number, string]>([
      ['gets what is not there', () => client.get(configMaps, keyOf('none')), 404, 'NotFound'],
      ['updates what is not there', () => client.update(configMaps, map('none')), 404, 'NotFound'],
      ['patches what is not there', () => client.patch(configMaps, keyOf('none'), 'merge', {}), 404, 'NotFound'],
      ['deletes what is not there', () => client.delete(configMaps, keyOf('none')), 404, 'NotFound'],
      ['creates what is there', () => client.create(configMaps, map('made')), 409, 'AlreadyExists'],
      [
        'updates what has moved',
        () => client.update(configMaps, map('made', { resourceVersion: '999999' })),
        409,
        'Conflict',
      ],
      [
        'deletes what is another by now',
        () => client.delete(configMaps, keyOf('made'), { preconditions: { uid: 'another' } }),
        409,
        'Conflict',
      ],
    ])('is told when it %s', async (_what, act, code, reason) => {
      const error = await act().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(KubeApiError);
      expect(error).toMatchObject({ httpStatus: code, reason });
    });

    test('updates with and without naming the revision', async () => {
      const made = await client.create(configMaps, map('updated'));
      const tied = await client.update(configMaps, { ...structuredClone(made), data: { v: '2' } });
      expect(tied.data).toEqual({ v: '2' });
      expect(Number(tied.metadata?.resourceVersion)).toBeGreaterThan(Number(made.metadata?.resourceVersion));
      expect((await client.update(configMaps, map('updated', {}, '3'))).data).toEqual({ v: '3' });
    });

    test('patches by merge and by operations', async () => {
      await client.create(configMaps, map('patched'));
      await client.patch(configMaps, keyOf('patched'), 'merge', { data: { v: null, w: '2' } });
      const patched = await client.patch(configMaps, keyOf('patched'), 'json', [
        { op: 'add', path: '/data/x', value: '3' },
      ]);
      expect(patched.data).toEqual({ w: '2', x: '3' });
    });

    test('deletes one, and all that a selector names', async () => {
      await client.create(configMaps, map('gone-1', { labels: { set: 'gone' } }));
      await client.create(configMaps, map('gone-2', { labels: { set: 'gone' } }));
      await client.create(configMaps, map('gone-3'));
      expect((await client.delete(configMaps, keyOf('gone-3'))).metadata?.name ?? 'gone-3').toBe('gone-3');
      await client.deleteCollection(configMaps, { namespace: 'default', labelSelector: 'set=gone' });
      const { items } = await client.list(configMaps, { namespace: 'default' });
      expect(items.filter(({ metadata }) => metadata?.name?.startsWith('gone'))).toEqual([]);
    });

    test('watches from a list on: each later change once and in order, of what was selected', async () => {
      const { metadata } = await client.list(configMaps, { namespace: 'default' });
      const watching = take(client, metadata.resourceVersion, 'set=watched', 4);
      await client.create(configMaps, map('watched', { labels: { set: 'watched' } }));
      await client.create(configMaps, map('other', { labels: { set: 'other' } }));
      await client.patch(configMaps, keyOf('watched'), 'merge', { data: { v: '2' } });
      await client.delete(configMaps, keyOf('watched'));
      await client.create(configMaps, map('watched', { labels: { set: 'watched' } }));
      const events = await watching;
      expect(events.map(({ type, object }) => `${type} ${object.metadata?.name} ${object.data?.['v']}`)).toEqual([
        'ADDED watched 1',
        'MODIFIED watched 2',
        'DELETED watched 2',
        'ADDED watched 1',
      ]);
      // From the middle: what came before is not told again.
      const again = await take(client, events[1]?.object.metadata?.resourceVersion ?? '', 'set=watched', 2);
      expect(again.map(({ type }) => type)).toEqual(['DELETED', 'ADDED']);
    });

    test('gives up when it is asked to, with the reason', async () => {
      const enough = AbortSignal.abort(new Error('enough'));
      await expect(client.get(configMaps, keyOf('made'), enough)).rejects.toThrow('enough');
      await expect(async () => {
        const events = client.watch(configMaps, { namespace: 'default', resourceVersion: '1' }, enough);
        for await (const _event of events);
      }).rejects.toThrow('enough');
    });
  });
}

function map(name: string, metadata: object = {}, value = '1'): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ...metadata },
    data: { v: value },
  };
}

function keyOf(name: string): { namespace: string; name: string } {
  return { namespace: 'default', name };
}

type Change = Extract<WatchEvent<ConfigMap>, { type: 'ADDED' | 'MODIFIED' | 'DELETED' }>;

/** The first so many changes after a revision; bookmarks do not count. */
async function take(
  client: KubeClient,
  resourceVersion: string,
  labelSelector: string,
  count: number,
): Promise<Change[]> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const changes: Change[] = [];
  const options = { namespace: 'default', labelSelector, resourceVersion };
  for await (const event of client.watch(configMaps, options, signal)) {
    if (event.type === 'BOOKMARK' || event.type === 'ERROR') continue;
    changes.push(event);
    if (changes.length === count) break;
  }
  ended.abort();
  return changes;
}
