import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteStore } from '../../../control-plane/store/sqlite-store.ts';
import { eventually } from '../../support/eventually.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';

const run = promisify(execFile);
const KEY_A = { name: 'a', secret: Buffer.alloc(32, 1).toString('base64') };
const KEY_B = { name: 'b', secret: Buffer.alloc(32, 2).toString('base64') };
const PASSWORD = 'correct-horse-battery-staple';
const forms = [PASSWORD, Buffer.from(PASSWORD).toString('base64')];

let home: string;
let configFile: string;
let plane: ControlPlaneProcess;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'vigil-encryption-'));
  configFile = join(home, 'encryption.json');
  await configure(KEY_A);
  plane = await ControlPlaneProcess.create('sqlite', { encryptionConfigFile: configFile });
});
afterEach(async () => {
  await plane.remove();
  await rm(home, { recursive: true, force: true });
});

/** Secrets are written with the first of the keys; what is in the clear can be read. */
async function configure(...keys: readonly (typeof KEY_A)[]): Promise<void> {
  const providers = [...(keys.length > 0 ? [{ aesgcm: { keys } }] : []), { identity: {} }];
  const resources = [{ resources: ['secrets'], providers }];
  const config = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration', resources };
  await writeFile(configFile, JSON.stringify(config), { mode: 0o600 });
}

async function kubectl(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, KUBECONFIG: plane.kubeconfig, HOME: home };
  return (await run('kubectl', args, { env, timeout: 30_000 })).stdout;
}

const createSecret = (name: string, namespace = 'default') =>
  kubectl('create', 'secret', 'generic', name, '-n', namespace, `--from-literal=password=${PASSWORD}`);
const passwordOf = async (name: string) =>
  Buffer.from(await kubectl('get', 'secret', name, '-o', 'jsonpath={.data.password}'), 'base64').toString();

const filesHold = (text: string) =>
  ['store.db', 'store.db-wal']
    .map((name) => join(plane.dir, name))
    .some((file) => existsSync(file) && readFileSync(file).includes(text));

/** As it lies in the database; the control plane must be down. */
async function storedValue(key: string): Promise<string> {
  const store = new SqliteStore(join(plane.dir, 'store.db'));
  await store.start();
  const entry = await store.get(key);
  await store.stop();
  return Buffer.from(entry?.value ?? '').toString('latin1');
}

test('a secret is in no file of the store in the clear, and is there after the process was killed', async () => {
  await plane.start();
  await createSecret('one');
  await kubectl('create', 'configmap', 'plain', `--from-literal=name=${PASSWORD.length}-characters`);
  for (const form of forms) expect(filesHold(form)).toBe(false);
  expect(filesHold('k8s:enc:aesgcm:v1:a:')).toBe(true);
  expect(filesHold('28-characters'), 'other kinds are as before').toBe(true);
  await plane.kill('SIGKILL');
  await plane.start();
  expect(await passwordOf('one')).toBe(PASSWORD);
});

test('what an earlier version wrote in the clear, or an older key has encrypted, is encrypted by the newest after a start', async () => {
  await configure();
  await plane.start();
  await createSecret('one');
  expect(filesHold(Buffer.from(PASSWORD).toString('base64'))).toBe(true);
  for (const keys of [[KEY_A], [KEY_B, KEY_A]]) {
    await plane.kill();
    await configure(...keys);
    await plane.start();
    await eventually('it is written anew', () => plane.output.includes('were encrypted with the newest key'));
    for (const form of forms) expect(filesHold(form)).toBe(false);
    expect(await passwordOf('one')).toBe(PASSWORD);
  }
  await plane.kill();
  expect(await storedValue('core/secrets/default/one')).toMatch(/^k8s:enc:aesgcm:v1:b:/);
  await configure(KEY_B);
  await plane.start();
  expect(await passwordOf('one')).toBe(PASSWORD);
});

test('a secret whose key is missing is said to be that by whoever asks for it or lists it; all else goes on', async () => {
  await plane.start();
  await kubectl('create', 'namespace', 'other');
  await createSecret('lost');
  await plane.kill();
  await configure(KEY_B);
  await plane.start();
  await createSecret('fine', 'other');
  const why =
    'unable to transform key: core/secrets/default/lost is encrypted with the key "a" (aesgcm), which is not configured';
  expect(plane.output).toContain('core/secrets/default/lost');
  for (const command of [
    'get secret lost',
    'get secrets',
    'get secrets -A',
    'delete secret lost',
    'label secret lost a=b',
  ])
    await expect(kubectl(...command.split(' ')), command).rejects.toThrow(why);
  await expect(createSecret('lost')).rejects.toThrow(why);
  expect(await kubectl('get', 'secrets', '-n', 'other', '-o', 'name')).toBe('secret/fine\n');
  expect(await kubectl('get', 'configmaps', '-o', 'name')).toContain('kube-root-ca.crt');
  await plane.kill();
  await configure(KEY_B, KEY_A);
  await plane.start();
  expect(await passwordOf('lost')).toBe(PASSWORD);
  expect(await kubectl('get', 'secrets', '-o', 'name')).toBe('secret/lost\n');
});

test('a secret that cannot be read any more is removed by who may do that, and only then', async () => {
  await plane.start();
  await createSecret('lost');
  await plane.kill();
  await configure(KEY_B);
  await plane.start();
  const edit = await plane.writeKubeconfig('editor', []);
  await kubectl('create', 'rolebinding', 'editor', '--clusterrole=edit', '--user=editor');
  const body = JSON.stringify({
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ignoreStoreReadErrorWithClusterBreakingPotential: true,
  });
  const file = join(home, 'options.json');
  await writeFile(file, body);
  const remove = ['delete', '--raw', '/api/v1/namespaces/default/secrets/lost', '-f', file];
  await expect(kubectl('--kubeconfig', edit, ...remove)).rejects.toThrow(
    'not permitted to do "unsafe-delete-ignore-read-errors"',
  );
  expect(await kubectl(...remove)).toContain('"status":"Success"');
  expect(await kubectl('get', 'secrets', '-o', 'name')).toBe('');
  await createSecret('lost');
  expect(await passwordOf('lost')).toBe(PASSWORD);
});

test('a configuration that cannot be used keeps the control plane from starting, and says where', async () => {
  await writeFile(configFile, '{"kind":"EncryptionConfiguration"}');
  await expect(plane.start()).rejects.toThrow(
    `${configFile}: the encryption configuration is not valid: apiVersion must be apiserver.config.k8s.io/v1`,
  );
  await rm(configFile);
  await expect(plane.start()).rejects.toThrow(`${configFile}: ENOENT`);
});

test('a backup holds secrets encrypted, and is restored with the keys of another cluster', async () => {
  await plane.start();
  await createSecret('one');
  const backup = join(home, 'backup.ndjson');
  await writeFile(backup, await kubectl('get', '--raw', '/vigil/v1/backup'));
  for (const form of forms) expect(readFileSync(backup, 'utf8')).not.toContain(form);
  const oldConfig = join(home, 'old.json');
  await writeFile(oldConfig, readFileSync(configFile));
  await configure(KEY_B);
  const other = await ControlPlaneProcess.create('sqlite', { encryptionConfigFile: configFile });
  await plane.remove();
  plane = other;
  const main = join(import.meta.dirname, '../../../control-plane/main.ts');
  const restore = (...more: readonly string[]) =>
    run(process.execPath, [main, '--config', join(plane.dir, 'config.json'), '--restore', backup, ...more]);
  await expect(restore()).rejects.toThrow(
    'core/secrets/default/one is encrypted with the key "a" (aesgcm), which is not configured; name the encryption configuration of the time with --encryption-config',
  );
  await restore('--encryption-config', oldConfig);
  expect(await storedValue('core/secrets/default/one')).toMatch(/^k8s:enc:aesgcm:v1:b:/);
  await plane.start();
  expect(await passwordOf('one')).toBe(PASSWORD);
});
