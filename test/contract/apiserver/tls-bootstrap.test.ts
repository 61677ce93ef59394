import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlPlaneProcess } from './control-plane-process.ts';

const run = promisify(execFile);
const TOKEN = 'abcdef.0123456789abcdef';
const GROUP = 'system:bootstrappers:kubeadm:default-node-token';

let server: ControlPlaneProcess;
let dir: string;

/** kubectl as somebody: his kubeconfig. */
async function kubectl(kubeconfig: string, args: string, stdin?: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: dir };
  const started = run('kubectl', args.split(' '), { env, timeout: 60_000 });
  started.child.stdin?.end(stdin ?? '');
  return (await started).stdout;
}

/** A kubeconfig as a machine has it: the cluster, and how one shows who one is. */
async function kubeconfigOf(name: string, user: object): Promise<string> {
  const path = join(dir, `${name}.kubeconfig`);
  const cluster = { server: server.url, 'certificate-authority': join(server.dir, 'pki/ca.crt') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [{ name: 'c', cluster }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user }],
  };
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

/** Makes a key, and asks for a certificate for it as a kubelet does. */
async function requestFor(name: string, subject: string): Promise<string> {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(dir, `${name}.key`)];
  await run('openssl', ['req', '-new', ...key, '-subj', subject, '-out', join(dir, `${name}.csr`)]);
  return JSON.stringify({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name },
    spec: {
      request: (await readFile(join(dir, `${name}.csr`))).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', 'client auth'],
      expirationSeconds: 3600,
    },
  });
}

/** The identity of a request that was signed. */
async function identityOf(asking: string, name: string): Promise<string> {
  await kubectl(asking, `wait csr/${name} --for=jsonpath={.status.certificate} --timeout=20s`);
  const certificate = await kubectl(asking, `get csr ${name} -o jsonpath={.status.certificate}`);
  await writeFile(join(dir, `${name}.crt`), Buffer.from(certificate, 'base64'));
  return kubeconfigOf(name, {
    'client-certificate': join(dir, `${name}.crt`),
    'client-key': join(dir, `${name}.key`),
  });
}

const bind = (name: string, role: string, group: string) =>
  kubectl(server.kubeconfig, `create clusterrolebinding ${name} --clusterrole=${role} --group=${group}`);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vigil-bootstrap-'));
  server = await ControlPlaneProcess.create('memory');
  await server.start();
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'bootstrap.kubernetes.io/token',
    metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
    stringData: {
      'token-id': 'abcdef',
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-authentication': 'true',
      'auth-extra-groups': GROUP,
    },
  };
  await kubectl(server.kubeconfig, 'apply -f -', JSON.stringify(secret));
  // What kubeadm binds in a new cluster.
  const approval = 'system:certificates.k8s.io:certificatesigningrequests';
  await bind('bootstrap', 'system:node-bootstrapper', GROUP);
  await bind('autoapprove', `${approval}:nodeclient`, GROUP);
  await bind('rotation', `${approval}:selfnodeclient`, 'system:nodes');
});
afterAll(async () => {
  await server.remove();
  await rm(dir, { recursive: true, force: true });
});

describe('a machine with a bootstrap token', () => {
  let bootstrap: string;
  let node: string;

  test('gets the identity of a node, by a request that is approved and signed without anybody’s doing', async () => {
    bootstrap = await kubeconfigOf('bootstrap', { token: TOKEN });
    await kubectl(bootstrap, 'create -f -', await requestFor('n1', '/O=system:nodes/CN=system:node:n1'));
    node = await identityOf(bootstrap, 'n1');
    expect(JSON.parse(await kubectl(node, 'auth whoami -o json'))).toMatchObject({
      status: { userInfo: { username: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] } },
    });
    const condition = await kubectl(bootstrap, 'get csr n1 -o jsonpath={.status.conditions[0]}');
    expect(JSON.parse(condition)).toMatchObject({
      type: 'Approved',
      reason: 'AutoApproved',
      message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
    });
  });

  test('brings its node in with it, no other, and changes its certificate later on', async () => {
    const nodeOf = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
    await kubectl(node, 'create -f -', nodeOf('n1'));
    expect(await kubectl(node, 'get node n1 -o name')).toBe('node/n1\n');
    await expect(kubectl(node, 'create -f -', nodeOf('n2'))).rejects.toThrow(/forbidden|not allowed/i);
    await kubectl(node, 'create -f -', await requestFor('n1-again', '/O=system:nodes/CN=system:node:n1'));
    const again = await identityOf(node, 'n1-again');
    expect(await kubectl(again, 'get node n1 -o name')).toBe('node/n1\n');
  });

  test('may do nothing else with the token', async () => {
    await expect(kubectl(bootstrap, 'get nodes')).rejects.toThrow(
      /User "system:bootstrap:abcdef" cannot list resource "nodes"/,
    );
  });

  test('gets nobody else’s identity: such requests wait, and are not signed even when they are approved', async () => {
    await kubectl(bootstrap, 'create -f -', await requestFor('root', '/O=system:masters/CN=root'));
    await kubectl(bootstrap, 'create -f -', await requestFor('after', '/O=system:nodes/CN=system:node:after'));
    await identityOf(bootstrap, 'after');
    expect(await kubectl(bootstrap, 'get csr root -o jsonpath={.status}')).toBe('{}');
    await kubectl(server.kubeconfig, 'certificate approve root');
    await kubectl(server.kubeconfig, 'wait csr/root --for=condition=Failed --timeout=20s');
    expect(await kubectl(bootstrap, 'get csr root -o jsonpath={.status.conditions[*].message}')).toContain(
      'subject organization is not system:nodes',
    );
    const other = (await requestFor('other', '/O=system:masters/CN=root')).replace('-client-kubelet', '-client');
    await expect(kubectl(bootstrap, 'create -f -', other)).rejects.toThrow(
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
  });

  test('is a stranger when the token is gone', async () => {
    await kubectl(server.kubeconfig, 'delete secret bootstrap-token-abcdef -n kube-system');
    await expect(kubectl(bootstrap, 'get csr')).rejects.toThrow(/Unauthorized|must be logged in/);
    expect(await kubectl(node, 'get node n1 -o name')).toBe('node/n1\n');
  });
});
