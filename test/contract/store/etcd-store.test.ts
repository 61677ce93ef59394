import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EncryptedStore } from '../../../control-plane/store/encryption/encrypted-store.ts';
import { EtcdStore } from '../../../control-plane/store/etcd/etcd-store.ts';
import type { Change, Store } from '../../../control-plane/store/store.ts';
import { SystemClock } from '../../../lib/clock.ts';
import { startEtcd, type EtcdServer } from '../../servers/etcd.ts';
import { eventually } from '../../support/eventually.ts';
import { everythingSealed } from './everything-sealed.ts';
import { describeStore } from './store-contract.ts';

let etcd: EtcdServer;
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd.stop());

const now = () => AbortSignal.timeout(10_000);
const bytes = (text: string) => Buffer.from(text);

async function open(prefix = `/${randomUUID()}/`): Promise<Store> {
  const store = new EtcdStore({ endpoints: [etcd.url], prefix }, new SystemClock());
  await store.start();
  return store;
}

describeStore('etcd', { open: () => open(), close: (store) => store.stop(now()) });

describeStore('etcd, encrypted', {
  open: async () => new EncryptedStore(await open(), everythingSealed()),
  close: (store) => store.stop(now()),
});

test('two control planes read what the other has encrypted, and etcd itself has none of it', async () => {
  const prefix = `/${randomUUID()}/`;
  const [first, second, raw] = [await open(prefix), await open(prefix), await open(prefix)];
  const [one, two] = [new EncryptedStore(first, everythingSealed()), new EncryptedStore(second, everythingSealed())];
  const seen: Change[] = [];
  two.watch('', two.revision, { changed: (changes) => seen.push(...changes), gone: () => undefined });
  await one.write('core/secrets/default/a', bytes('hunter2'), 0);
  await eventually('the other is told', () => seen.length === 1);
  expect(Buffer.from(seen[0]?.value ?? '').toString()).toBe('hunter2');
  // A third one, which reads as of what it has been told.
  const entry = await eventually('a store without keys is told', () => raw.get('core/secrets/default/a'));
  const stored = Buffer.from(entry.value).toString('latin1');
  expect(stored).toMatch(/^k8s:enc:aesgcm:v1:test:/);
  for (const form of ['hunter2', Buffer.from('hunter2').toString('base64')]) expect(stored).not.toContain(form);
  await Promise.all([first, second, raw].map((store) => store.stop(now())));
});

describe('etcd under several control planes', () => {
  test('tells each of them what the others write, and nothing of another cluster', async () => {
    const prefix = `/${randomUUID()}/`;
    const [one, two, other] = [await open(prefix), await open(prefix), await open()];
    const seen: Change[] = [];
    two.watch('', two.revision, { changed: (changes) => seen.push(...changes), gone: () => undefined });
    await other.write('k/0', bytes('foreign'), 0);
    const first = await one.write('k/1', bytes('a'), 0);
    if (!first.written) throw new Error('not written');
    expect(await two.write('k/1', bytes('b'), 0)).toEqual({ written: false, currentRevision: first.revision });
    expect(await two.write('k/1', bytes('b'), first.revision)).toMatchObject({ written: true });
    expect(seen.map(({ key, value }) => [key, value && Buffer.from(value).toString()])).toEqual([
      ['k/1', 'a'],
      ['k/1', 'b'],
    ]);
    await Promise.all([one, two, other].map((store) => store.stop(now())));
  });

  test('lets one of many writers in many processes win, and never loses an increment', async () => {
    const prefix = `/${randomUUID()}/`;
    const stores = await Promise.all(Array.from({ length: 3 }, () => open(prefix)));
    const increment = async (store: Store): Promise<void> => {
      for (;;) {
        const entry = await store.get('counter');
        const value = Number(Buffer.from(entry?.value ?? '0').toString());
        const outcome = await store.write('counter', bytes(String(value + 1)), entry?.revision ?? 0);
        if (outcome.written) return;
      }
    };
    await Promise.all(stores.flatMap((store) => Array.from({ length: 20 }, () => increment(store))));
    await eventually('all show it', async () => {
      const values = await Promise.all(stores.map((store) => store.get('counter')));
      return values.every((entry) => Buffer.from(entry?.value ?? '').toString() === '60');
    });
    await Promise.all(stores.map((store) => store.stop(now())));
  });
});

test('etcd that was killed and comes back is gone on with: no acknowledged write is lost, no change is told twice', async () => {
  const store = await open();
  const told: number[] = [];
  store.watch('', store.revision, {
    changed: (changes) => told.push(...changes.map((change) => change.revision)),
    gone: () => undefined,
  });
  const acknowledged: string[] = [];
  const write = async (n: number) => {
    const outcome = await store.write(`k/${n}`, bytes('x'), 0);
    if (outcome.written) acknowledged.push(`k/${n}`);
  };
  for (let n = 0; n < 20; n++) await write(n);
  await etcd.kill();
  await expect(write(20)).rejects.toThrow('etcd');
  await etcd.start();
  await eventually('it is written to again', async () => {
    await write(21 + acknowledged.length);
    return true;
  });
  const list = await store.list('k/');
  expect(list.entries.map((entry) => entry.key)).toEqual(expect.arrayContaining(acknowledged));
  expect(new Set(told).size).toBe(told.length);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(told.length).toBeGreaterThanOrEqual(acknowledged.length);
  await store.stop(now());
});
