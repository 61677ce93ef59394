import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../lib/kube/client.ts';
import { Informer } from '../../lib/kube/informer.ts';
import { configMaps, deployments, namespaces, pods } from '../../lib/kube/resources.ts';
import type { ConfigMap, Deployment, Pod, WatchEvent } from '../../lib/kube/types.ts';
import { silentLog } from '../../lib/log.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { WriteOutcome } from '../store/store.ts';
import { systemChance } from './chance.ts';
import { definitions } from './definitions.ts';
import { LocalKubeClient } from './local-client.ts';
import { Registry } from './registry.ts';
import { bindPod } from './subresources/pod-binding.ts';

/** A memory store whose disk can be full. */
class BreakableStore extends MemoryStore {
  isBroken = false;

  override write(key: string, value: Uint8Array | undefined, expectedRevision: number): Promise<WriteOutcome> {
    if (this.isBroken)
      return Promise.reject(new VigilError('STORE_WRITE_FAILED', 'transient', 'database or disk is full'));
    return super.write(key, value, expectedRevision);
  }
}

let store: BreakableStore;
let registry: Registry;
let client: LocalKubeClient;
let ended: AbortController;

beforeEach(async () => {
  store = new BreakableStore();
  ended = new AbortController();
  registry = new Registry({ store, clock: new FakeClock(), chance: systemChance, log: silentLog, definitions });
  registry.handleSubresource(pods, 'binding', bindPod);
  await registry.start();
  client = new LocalKubeClient(registry);
});
afterEach(() => ended.abort());

const at = (name: string) => ({ namespace: 'ns', name });
const map = (name: string, data: Record<string, string> = {}): ConfigMap => ({ metadata: at(name), data });
const pod = (name: string): Pod => ({ metadata: at(name), spec: { containers: [{ name: 'c', image: 'i' }] } });
const deployment = (replicas: number): Deployment => ({
  metadata: at('d'),
  spec: {
    replicas,
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});

describe('the client without HTTP', () => {
  test('gives out what is in memory, frozen and without copies', async () => {
    const made = await client.create(configMaps, map('a', { x: '1' }));
    const got = await client.get(configMaps, at('a'));
    expect(got).toBe(made);
    expect((await client.list(configMaps)).items[0]).toBe(made);
    expect(Object.isFrozen(made.data)).toBe(true);
    expect(made).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'ns', resourceVersion: String(registry.revision) },
    });
  });

  test('leaves what it is given as it is, so that it may be frozen', async () => {
    const given = Object.freeze(pod('p'));
    await client.create(pods, given);
    expect(given).toEqual(pod('p'));
  });

  test('rejects as the API does', async () => {
    await client.create(configMaps, map('a'));
    await expect(client.create(configMaps, map('a'))).rejects.toSatisfy(isAlreadyExists);
    await expect(client.get(configMaps, at('b'))).rejects.toSatisfy(isNotFound);
    await expect(
      client.update(configMaps, { ...map('a'), metadata: { ...at('a'), resourceVersion: '999' } }),
    ).rejects.toSatisfy(isConflict);
    await expect(client.delete(configMaps, at('b'))).rejects.toSatisfy(isNotFound);
    await expect(client.get(configMaps, at('a'), AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  test('updates, patches, scales, binds and deletes', async () => {
    await client.create(deployments, deployment(1));
    await client.update(deployments, { metadata: at('d'), spec: { replicas: 3 } } as Deployment, {
      subresource: 'scale',
    });
    expect((await client.get(deployments, at('d'))).spec?.replicas).toBe(3);
    await client.patch(deployments, at('d'), 'merge', { spec: { replicas: 5 } }, { subresource: 'scale' });
    await client.patch(deployments, at('d'), 'strategic', { status: { replicas: 5 } }, { subresource: 'status' });
    expect(await client.get(deployments, at('d'))).toMatchObject({
      spec: { replicas: 5 },
      status: { replicas: 5 },
      metadata: { generation: 3 },
    });
    await client.create(pods, pod('p'));
    await client.createSubresource(pods, at('p'), 'binding', { target: { kind: 'Node', name: 'n' } } as never);
    expect((await client.get(pods, at('p'))).spec?.nodeName).toBe('n');
    expect((await client.delete(pods, at('p'))).metadata?.deletionTimestamp).toBeDefined();
    await client.delete(pods, at('p'), { gracePeriodSeconds: 0 });
    await client.deleteCollection(deployments, { namespace: 'ns' });
    expect((await client.list(deployments)).items).toEqual([]);
  });

  test('lets one of two writers at the same revision win', async () => {
    const { metadata } = await client.create(configMaps, map('a'));
    const write = (value: string) =>
      client.update(configMaps, {
        metadata: { ...at('a'), resourceVersion: metadata?.resourceVersion ?? '' },
        data: { value },
      });
    const outcomes = await Promise.allSettled([write('1'), write('2')]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('answers 503 while the disk is full, and has not changed anything', async () => {
    await client.create(configMaps, map('a', { x: '1' }));
    store.isBroken = true;
    await expect(client.update(configMaps, map('a', { x: '2' }))).rejects.toMatchObject({ httpStatus: 503 });
    expect((await client.get(configMaps, at('a'))).data).toEqual({ x: '1' });
    store.isBroken = false;
    await client.update(configMaps, map('a', { x: '2' }));
  });
});

const nameOf = (object: object) => (object as ConfigMap).metadata?.name ?? '';

describe('a watch without HTTP', () => {
  const take = async (events: AsyncIterable<WatchEvent<ConfigMap>>, count: number): Promise<string[]> => {
    const seen: string[] = [];
    for await (const { type, object } of events) {
      seen.push(`${type} ${nameOf(object)}`);
      if (seen.length === count) break;
    }
    return seen;
  };

  test('gives each change after a revision, those before it began as well', async () => {
    const resourceVersion = String(registry.revision);
    await client.create(configMaps, map('a'));
    const events = client.watch(configMaps, { resourceVersion }, ended.signal);
    const taking = take(events, 3);
    await client.update(configMaps, map('a', { x: '1' }));
    await client.delete(configMaps, at('a'));
    expect(await taking).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  test('ends with its signal', async () => {
    const events = client.watch(configMaps, { resourceVersion: String(registry.revision) }, ended.signal);
    const taking = take(events, 1);
    ended.abort(new Error('over'));
    await expect(taking).rejects.toThrow('over');
  });

  test('ends quietly when its reader is too slow, having lost nothing before', async () => {
    const events = client.watch(configMaps, { resourceVersion: String(registry.revision) }, ended.signal);
    const iterator = events[Symbol.asyncIterator]();
    const first = iterator.next();
    for (let index = 0; index < 17_000; index++) await client.create(configMaps, map(`m${index}`));
    let last = '';
    const opening = await first;
    if (opening.done !== true) last = nameOf(opening.value.object);
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
      last = nameOf(next.value.object);
    expect(last).toMatch(/^m16[34]\d\d$/);
  });

  test('fills an informer, which follows it', async () => {
    await client.create(namespaces, { metadata: { name: 'a' } });
    const informer = new Informer({ client, resource: namespaces, clock: new FakeClock(), log: silentLog });
    await informer.start(ended.signal);
    await informer.whenSynced(ended.signal);
    const seen: string[] = [];
    informer.onChange((type, object) => seen.push(`${type} ${object.metadata?.name ?? ''}`));
    await client.create(namespaces, { metadata: { name: 'b' } });
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual(['ADDED a', 'ADDED b']);
    await informer.stop();
  });
});

test('a registry that starts on a store has all that was in it', async () => {
  await client.create(configMaps, map('kept', { x: '1' }));
  const again = new Registry({ store, clock: new FakeClock(), chance: systemChance, log: silentLog, definitions });
  await again.start();
  const got = await new LocalKubeClient(again).get(configMaps, at('kept'));
  expect(got).toEqual(await client.get(configMaps, at('kept')));
  expect(again.revision).toBe(registry.revision);
});

test('a registry whose store has ended says that it is not well', async () => {
  expect(registry.isHealthy).toBe(true);
  await store.stop();
  expect(registry.isHealthy).toBe(false);
});
