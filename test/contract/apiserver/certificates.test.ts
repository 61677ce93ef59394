import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ControlPlaneProcess } from './control-plane-process.ts';

const run = promisify(execFile);

let server: ControlPlaneProcess;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vigil-csr-'));
  server = await ControlPlaneProcess.create('memory');
  await server.start();
});
afterAll(async () => {
  await server.remove();
  await rm(dir, { recursive: true, force: true });
});

async function kubectl(args: string, stdin?: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: server.kubeconfig, HOME: dir };
  const started = run('kubectl', args.split(' '), { env, timeout: 60_000 });
  started.child.stdin?.end(stdin ?? '');
  return (await started).stdout;
}

async function requestFor(name: string, subject: string): Promise<string> {
  await run('openssl', [
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    join(dir, `${name}.key`),
    '-subj',
    subject,
    '-out',
    join(dir, `${name}.csr`),
  ]);
  const request = (await readFile(join(dir, `${name}.csr`))).toString('base64');
  return JSON.stringify({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request,
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
      expirationSeconds: 3600,
    },
  });
}

test('a request that is approved is signed, and its certificate names a user', async () => {
  await kubectl('apply -f -', await requestFor('ann', '/O=shop-devs/CN=ann'));
  expect(await kubectl('get csr')).toMatch(/ann +\d+s +kubernetes.io\/kube-apiserver-client +\S+ +60m +Pending/);
  await kubectl('certificate approve ann');
  await kubectl('wait csr/ann --for=jsonpath={.status.certificate} --timeout=10s');
  expect(await kubectl('get csr')).toContain('Approved,Issued');
  const certificate = Buffer.from(await kubectl('get csr ann -o jsonpath={.status.certificate}'), 'base64');
  await writeFile(join(dir, 'ann.crt'), certificate);
  await kubectl(
    `config set-credentials ann --client-certificate=${join(dir, 'ann.crt')} --client-key=${join(dir, 'ann.key')} --kubeconfig=${server.kubeconfig}`,
  );
  expect(JSON.parse(await kubectl('auth whoami --user=ann -o json'))).toMatchObject({
    status: { userInfo: { username: 'ann', groups: ['shop-devs', 'system:authenticated'] } },
  });
});

test('a request that is denied stays without a certificate', async () => {
  await kubectl('apply -f -', await requestFor('eve', '/CN=eve'));
  await kubectl('certificate deny eve');
  expect(await kubectl('get csr eve --no-headers')).toContain('Denied');
  await expect(kubectl('certificate approve eve')).rejects.toThrow(/mutually exclusive|already denied|Denied/i);
});
