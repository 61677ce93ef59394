import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../clock.ts';
import { silentLog } from '../log.ts';
import { FakeKubeClient } from './fake-client.ts';
import { Informer } from './informer.ts';
import { configMaps } from './resources.ts';
import { SharedInformers } from './shared-informers.ts';
import type { ConfigMap } from './types.ts';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function setUp() {
  const client = new FakeKubeClient();
  const clock = new FakeClock();
  const informer = new Informer<ConfigMap>({
    client,
    resource: configMaps,
    clock,
    log: silentLog,
    indexes: { byValue: (map) => Object.values(map.data ?? {}) },
  });
  const told: string[] = [];
  informer.onChange((type, object, old) =>
    told.push(`${type} ${object.metadata?.name} ${old?.data?.['v'] ?? '-'}→${object.data?.['v'] ?? '-'}`),
  );
  stops.push(() => informer.stop());
  return { client, clock, informer, told };
}

const map = (name: string, value = '1', more: object = {}): ConfigMap => ({
  metadata: { name, namespace: 'default', ...more },
  data: { v: value },
});

const never = new AbortController().signal;

describe('Informer', () => {
  it('tells of what is there, then of each change, cache first', async () => {
    const { client, clock, informer, told } = setUp();
    await client.create(configMaps, map('a'));
    await informer.start(never);
    await informer.whenSynced(never);
    expect(informer.hasSynced).toBe(true);
    const seen: (string | undefined)[] = [];
    informer.onChange((_type, object) => seen.push(informer.get(`default/${object.metadata?.name}`)?.data?.['v']));
    await client.update(configMaps, map('a', '2'));
    await client.create(configMaps, map('b'));
    await client.delete(configMaps, { namespace: 'default', name: 'a' });
    await clock.advance(0);
    expect(told).toEqual(['ADDED a -→1', 'MODIFIED a 1→2', 'ADDED b -→1', 'DELETED a 2→2']);
    expect(seen).toEqual(['1', '2', '1', undefined]);
    expect(informer.list().map(({ metadata }) => metadata?.name)).toEqual(['b']);
  });

  it('continues a broken watch where it was, without listing again', async () => {
    const { client, clock, informer, told } = setUp();
    await informer.start(never);
    await clock.advance(0);
    client.breakWatches();
    await client.create(configMaps, map('a'));
    await clock.advance(1_000);
    expect(told).toEqual(['ADDED a -→1']);
    expect(client.calls.filter((call) => call.startsWith('list'))).toHaveLength(1);
  });

  it('finds at a relist what vanished and what was made anew meanwhile', async () => {
    const { client, clock, informer, told } = setUp();
    await client.create(configMaps, map('gone'));
    await client.create(configMaps, map('anew', 'old', { uid: 'first' }));
    await informer.start(never);
    await clock.advance(0);
    told.length = 0;
    client.breakWatches();
    await client.delete(configMaps, { namespace: 'default', name: 'gone' });
    await client.delete(configMaps, { namespace: 'default', name: 'anew' });
    await client.create(configMaps, map('anew', 'new', { uid: 'second' }));
    client.forget();
    await clock.advance(10_000);
    expect(told.sort()).toEqual(['ADDED anew -→new', 'DELETED anew old→old', 'DELETED gone 1→1']);
    expect(client.calls.filter((call) => call.startsWith('list'))).toHaveLength(2);
  });

  it('tries again with back-off while the API is away', async () => {
    const { client, clock, informer, told } = setUp();
    await client.create(configMaps, map('a'));
    for (let i = 0; i < 5; i++) client.failNext();
    await informer.start(never);
    await clock.advance(20_000);
    expect(told).toEqual(['ADDED a -→1']);
  });

  it('reads a long list in pages', async () => {
    const { client, clock, informer } = setUp();
    for (let i = 0; i < 1_200; i++) await client.create(configMaps, map(`m${i}`));
    await informer.start(never);
    await clock.advance(0);
    expect(informer.size).toBe(1_200);
    expect(client.calls.filter((call) => call.startsWith('list'))).toHaveLength(3);
  });

  it('tells a late handler of everything that is there', async () => {
    const { client, clock, informer } = setUp();
    await client.create(configMaps, map('a'));
    await informer.start(never);
    await clock.advance(0);
    const late: string[] = [];
    const remove = informer.onChange((type, object) => late.push(`${type} ${object.metadata?.name}`));
    expect(late).toEqual(['ADDED a']);
    remove();
    await client.create(configMaps, map('b'));
    await clock.advance(0);
    expect(late).toEqual(['ADDED a']);
  });

  it('goes on when a handler throws', async () => {
    const { client, clock, informer, told } = setUp();
    informer.onChange(() => {
      throw new Error('bad handler');
    });
    await informer.start(never);
    await client.create(configMaps, map('a'));
    await clock.advance(0);
    expect(told).toEqual(['ADDED a -→1']);
  });

  it('keeps its indexes in step', async () => {
    const { client, clock, informer } = setUp();
    await client.create(configMaps, map('a', 'x'));
    await client.create(configMaps, map('b', 'x'));
    await informer.start(never);
    await clock.advance(0);
    expect(informer.byIndex('byValue', 'x')).toHaveLength(2);
    await client.update(configMaps, map('a', 'y'));
    await client.delete(configMaps, { namespace: 'default', name: 'b' });
    await clock.advance(0);
    expect(informer.byIndex('byValue', 'x')).toEqual([]);
    expect(informer.byIndex('byValue', 'y').map(({ metadata }) => metadata?.name)).toEqual(['a']);
    expect(() => informer.byIndex('other', 'x')).toThrow('no index other');
  });

  it('freezes what it hands out', async () => {
    const { client, clock, informer } = setUp();
    await client.create(configMaps, map('a'));
    await informer.start(never);
    await clock.advance(0);
    expect(Object.isFrozen(informer.get('default/a')?.data)).toBe(true);
  });

  it('leaves nothing running when stopped', async () => {
    const { client, clock, informer } = setUp();
    await informer.start(never);
    await clock.advance(0);
    expect(client.watchCount).toBe(1);
    await informer.stop();
    expect(client.watchCount).toBe(0);
    expect(clock.pendingCount).toBe(0);
  });

  it('rejects who waits for it and gives up', async () => {
    const { informer } = setUp();
    await expect(informer.whenSynced(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

describe('SharedInformers', () => {
  it('gives everybody the same informer of a kind and starts late ones at once', async () => {
    const client = new FakeKubeClient();
    const clock = new FakeClock();
    const informers = new SharedInformers({ client, clock, log: silentLog });
    stops.push(() => informers.stop());
    await informers.start(never);
    const informer = informers.of(configMaps);
    expect(informers.of(configMaps)).toBe(informer);
    await clock.advance(0);
    expect(informer.hasSynced).toBe(true);
  });
});
