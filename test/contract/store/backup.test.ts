import { describe, expect, test } from 'vitest';
import { backupLines, readBackup, restoreBackup } from '../../../control-plane/store/backup.ts';
import { EncryptedStore } from '../../../control-plane/store/encryption/encrypted-store.ts';
import { Sealing } from '../../../control-plane/store/encryption/sealing.ts';
import { MemoryStore } from '../../../control-plane/store/memory-store.ts';
import type { Store } from '../../../control-plane/store/store.ts';
import { linesOf } from '../../../lib/kube/json-lines.ts';

const about = { cluster: 'demo', time: '2026-01-01T00:00:00.000Z' };

async function filled(): Promise<Store> {
  const store = new MemoryStore();
  await store.start();
  for (const key of ['core/configmaps/default/a', 'core/secrets/default/b', 'apps/deployments/default/c'])
    await store.write(key, Buffer.from(JSON.stringify({ metadata: { name: key }, text: 'ü"\\ \n' })), 0);
  return store;
}

async function bytesOf(store: Store): Promise<Buffer> {
  return Buffer.concat([...backupLines(await store.list(''), about)]);
}

async function* streamed(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 7) yield await Promise.resolve(bytes.subarray(at, at + 7));
}

const read = (bytes: Buffer, sealing = new Sealing([])) => readBackup(linesOf(streamed(bytes)), sealing);
const contentOf = async (store: Store) =>
  (await store.list('')).entries.map(({ key, value }) => [key, JSON.parse(Buffer.from(value).toString()) as unknown]);

/** Secrets under a key of that name. */
const sealing = (name: string, byte: number) =>
  new Sealing([
    {
      prefix: 'core/secrets/',
      providers: [{ kind: 'aesgcm', keys: [{ name, secret: Buffer.alloc(32, byte) }] }, { kind: 'identity' }],
    },
  ]);

describe('a backup of encrypted objects', () => {
  test('holds no secret in the clear, takes its key, and is encrypted by the newest key when it is brought back', async () => {
    const engine = await filled();
    const store = new EncryptedStore(engine, sealing('one', 1));
    await store.rewrite(new AbortController().signal);
    const before = await contentOf(store);
    const bytes = await bytesOf(engine);
    expect(bytes.includes('"key":"core/secrets/default/b","sealed":"')).toBe(true);
    expect(bytes.includes('"name":"core/secrets/default/b"')).toBe(false);
    await expect(read(bytes, sealing('two', 2))).rejects.toThrow(
      'core/secrets/default/b is encrypted with the key "one" (aesgcm), which is not configured',
    );
    const empty = new MemoryStore();
    const target = new EncryptedStore(empty, sealing('two', 2));
    await target.start(new AbortController().signal);
    await restoreBackup(target, await read(bytes, sealing('one', 1)));
    expect(await contentOf(target)).toEqual(before);
    const raw = await empty.get('core/secrets/default/b');
    expect(Buffer.from(raw?.value ?? '').toString('latin1')).toMatch(/^k8s:enc:aesgcm:v1:two:/);
    const { revision } = target;
    await restoreBackup(target, await read(bytes, sealing('one', 1)));
    expect(target.revision, 'what is the same is left').toBe(revision);
  });
});

describe('a backup', () => {
  test('brings everything back, takes away what came since and leaves what is the same', async () => {
    const store = await filled();
    const before = await contentOf(store);
    const backup = await read(await bytesOf(store));
    expect(backup.head).toMatchObject({ cluster: 'demo', revision: 3 });
    const { entries } = await store.list('');
    const changed = entries.find(({ key }) => key.startsWith('core/configmaps'));
    await store.write('core/configmaps/default/a', Buffer.from('{"changed":true}'), changed?.revision ?? 0);
    await store.write('core/pods/default/new', Buffer.from('{}'), 0);
    const revision = store.revision;
    await restoreBackup(store, backup);
    expect(await contentOf(store)).toEqual(before);
    expect(store.revision).toBe(revision + 2);
    const empty = new MemoryStore();
    await empty.start();
    await restoreBackup(empty, backup);
    expect(await contentOf(empty)).toEqual(before);
  });

  test.each<[string, (text: string) => string, string]>([
    ['whose end is missing', (text) => text.split('\n').slice(0, -2).join('\n'), 'its end is missing'],
    ['in which a byte is another', (text) => text.replace('default/c', 'default/d'), 'the checksum does not fit'],
    [
      'that lacks a line',
      (text) =>
        text
          .split('\n')
          .filter((_, n) => n !== 1)
          .join('\n'),
      'the checksum does not fit',
    ],
    ['that is something else', () => '{"kind":"List"}\n', 'line 1 is not the head of a backup'],
    ['that is no JSON', () => 'PK\u0003\u0004\n', 'line 1 is not JSON'],
  ])('%s is refused whole', async (_, damage, message) => {
    const bytes = await bytesOf(await filled());
    await expect(read(Buffer.from(damage(bytes.toString('utf8'))))).rejects.toThrow(message);
  });
});
