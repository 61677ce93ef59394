import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { EncryptedStore } from '../../../control-plane/store/encryption/encrypted-store.ts';
import { Sealing } from '../../../control-plane/store/encryption/sealing.ts';
import { SqliteStore } from '../../../control-plane/store/sqlite-store.ts';
import type { Store } from '../../../control-plane/store/store.ts';
import { everythingSealed } from './everything-sealed.ts';
import { describeStore } from './store-contract.ts';

const dirs: string[] = [];
const newPath = async () => {
  const dir = await mkdtemp(join(tmpdir(), 'vigil-store-'));
  dirs.push(dir);
  return join(dir, 'store.db');
};
const openAt = async (path: string): Promise<Store> => {
  const store = new SqliteStore(path);
  await store.start();
  return store;
};
const now = () => AbortSignal.timeout(10_000);

afterAll(async () => {
  for (const dir of dirs) await rm(dir, { recursive: true, force: true });
});

describeStore('sqlite', {
  open: async () => openAt(await newPath()),
  close: (store) => store.stop(now()),
});

describeStore('sqlite, encrypted', {
  open: async () => new EncryptedStore(await openAt(await newPath()), everythingSealed()),
  close: (store) => store.stop(now()),
});

test('what lay in the clear is in none of the files of a SQLite store once it was written anew', async () => {
  const path = await newPath();
  const engine = await openAt(path);
  const values = Array.from({ length: 200 }, (_, n) => Buffer.from(`{"password":"hunter2-${n}"}`));
  for (const [n, value] of values.entries()) await engine.write(`core/secrets/default/${n}`, value, 0);
  await engine.write('core/pods/default/p', Buffer.from('{"plain":"as before"}'), 0);
  const filesHold = (text: string) =>
    [path, `${path}-wal`].some((file) => existsSync(file) && readFileSync(file).includes(text));
  expect(filesHold('hunter2')).toBe(true);
  const store = new EncryptedStore(
    engine,
    new Sealing([
      {
        prefix: 'core/secrets/',
        providers: [{ kind: 'aesgcm', keys: [{ name: 'test', secret: Buffer.alloc(32, 7) }] }, { kind: 'identity' }],
      },
    ]),
  );
  expect(await store.rewrite(new AbortController().signal)).toBe(200);
  expect(filesHold('hunter2')).toBe(false);
  expect(filesHold('as before')).toBe(true);
  expect(await store.rewrite(new AbortController().signal), 'there is nothing left to do').toBe(0);
  await store.stop(now());
  const again = await openAt(path);
  expect(filesHold('hunter2')).toBe(false);
  const { entries } = await new EncryptedStore(again, everythingSealed()).list('core/secrets/');
  expect(entries.map(({ value }) => Buffer.from(value).toString()).sort()).toEqual(
    values.map((value) => value.toString()).sort(),
  );
  await again.stop(now());
});

describe('the SQLite store on disk', () => {
  test('has everything and goes on counting after it was closed and opened', async () => {
    const path = await newPath();
    const first = await openAt(path);
    await first.write('k/1', Buffer.from('kept'), 0);
    const removed = await first.write('k/2', Buffer.from('gone'), 0);
    await first.write('k/2', undefined, removed.written ? removed.revision : 0);
    const { revision } = first;
    await first.stop(now());

    const second = await openAt(path);
    expect(second.revision).toBe(revision);
    const list = await second.list('');
    expect(list.entries.map((entry) => [entry.key, Buffer.from(entry.value).toString()])).toEqual([['k/1', 'kept']]);
    const outcome = await second.write('k/3', Buffer.from('x'), 0);
    expect(outcome).toEqual({ written: true, revision: revision + 1 });
    await second.stop(now());
  });

  test('writes what was accepted before it was stopped', async () => {
    const path = await newPath();
    const store = await openAt(path);
    const writes = Array.from({ length: 1000 }, (_, index) => store.write(`k/${index}`, Buffer.from('x'), 0));
    await store.stop(now());
    await Promise.all(writes);
    const again = await openAt(path);
    expect((await again.list('k/')).entries).toHaveLength(1000);
    await again.stop(now());
  });

  test('can be read by its owner only', async () => {
    const path = await newPath();
    const store = await openAt(path);
    await store.write('k/1', Buffer.from('secret'), 0);
    for (const file of [path, `${path}-wal`]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    await store.stop(now());
  });

  test('says at the start when the file is no database', async () => {
    await expect(openAt(import.meta.dirname)).rejects.toThrow();
  });

  test('has every acknowledged write after the process was killed in the middle of writing', async () => {
    const path = await newPath();
    for (let round = 0; round < 3; round++) {
      const acknowledged = await writeUntilKilled(path, round);
      const store = await openAt(path);
      const present = new Map(
        (await store.list(`round-${round}/`)).entries.map((entry) => [entry.key, Buffer.from(entry.value).toString()]),
      );
      await store.stop(now());
      expect(acknowledged.length).toBeGreaterThan(50);
      expect(acknowledged.filter((key) => present.get(key) !== `value of ${key}`)).toEqual([]);
    }
  });
});

/** Starts a process that writes and says each key once it is acknowledged; kills it after some hundred of them. */
async function writeUntilKilled(path: string, round: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'write-forever.ts'), path, `round-${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.length > 8_000) child.kill('SIGKILL');
  });
  await gone;
  // The last line may be cut off.
  return output.split('\n').slice(0, -1);
}
