import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCa, issueCertificate, writeKeyPair } from '../../../lib/pki.ts';
import { startEtcd, type EtcdServer } from '../../servers/etcd.ts';
import { freePort } from '../../servers/search-server.ts';
import { eventually } from '../../support/eventually.ts';
import { runProgram } from '../../support/run-program.ts';
import { BUILD_TIMEOUT_MS, sampleApiServer } from '../clients/built-clients.ts';
import { startProgram, type RunningProgram } from '../clients/running-program.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';

/*
 * Upstream's own example of an aggregated server, unmodified, as the conformance test of the aggregator has it: it knows users by the front proxy, asks this
 * API who may do what, and is known to it by a Service with a slice that somebody wrote.
 */

let server: ControlPlaneProcess;
let etcd: EtcdServer;
let sample: RunningProgram;

const kubectl = (args: readonly string[], input = '') =>
  runProgram('kubectl', args, {
    env: { KUBECONFIG: server.kubeconfig, KUBECACHEDIR: join(server.dir, 'cache') },
    input,
  });

async function says(args: string, input = ''): Promise<string> {
  const { stdout, stderr, code } = await kubectl(args.split(' '), input);
  expect({ code, stderr: code === 0 ? '' : stderr }, `kubectl ${args}`).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const read = (apiGroup: string, ...resources: readonly string[]) => ({
  apiGroups: [apiGroup],
  resources,
  verbs: ['get', 'list', 'watch'],
});
const account = { kind: 'ServiceAccount', name: 'wardle', namespace: 'wardle' };
const binding = (kind: string, metadata: object, roleKind: string, roleName: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata,
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name: roleName },
  subjects: [account],
});

/** What the server needs of this API, and no more. */
const permissions = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'wardle' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'wardle', namespace: 'wardle' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'wardle' },
    rules: [
      read('', 'namespaces'),
      read(
        'admissionregistration.k8s.io',
        'mutatingwebhookconfigurations',
        'validatingwebhookconfigurations',
        'validatingadmissionpolicies',
        'validatingadmissionpolicybindings',
        'mutatingadmissionpolicies',
        'mutatingadmissionpolicybindings',
      ),
      read('flowcontrol.apiserver.k8s.io', 'flowschemas', 'prioritylevelconfigurations'),
    ],
  },
  binding('ClusterRoleBinding', { name: 'wardle' }, 'ClusterRole', 'wardle'),
  binding('ClusterRoleBinding', { name: 'wardle:auth-delegator' }, 'ClusterRole', 'system:auth-delegator'),
  binding(
    'RoleBinding',
    { name: 'wardle-auth-reader', namespace: 'kube-system' },
    'Role',
    'extension-apiserver-authentication-reader',
  ),
];

const registration = (port: number, ca: string) => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'sample-api', namespace: 'wardle' },
    spec: { ports: [{ port: 7443, targetPort: port }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'sample-api', namespace: 'wardle', labels: { 'kubernetes.io/service-name': 'sample-api' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'] }],
    ports: [{ port, protocol: 'TCP' }],
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1alpha1.wardle.example.com' },
    spec: {
      group: 'wardle.example.com',
      version: 'v1alpha1',
      groupPriorityMinimum: 2000,
      versionPriority: 200,
      service: { namespace: 'wardle', name: 'sample-api', port: 7443 },
      caBundle: Buffer.from(ca).toString('base64'),
    },
  },
];

const list = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
const flunder = (name: string) =>
  JSON.stringify({ apiVersion: 'wardle.example.com/v1alpha1', kind: 'Flunder', metadata: { name } });

beforeAll(async () => {
  const binary = await sampleApiServer();
  etcd = await startEtcd();
  server = await ControlPlaneProcess.create('memory');
  await server.start();
  await says('apply -f -', list(permissions));
  const token = (await says('create token wardle -n wardle --duration=1h')).trim();
  const kubeconfig = join(server.dir, 'wardle.kubeconfig');
  const cluster = { server: server.url, 'certificate-authority': join(server.dir, 'pki/ca.crt') };
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    }),
    { mode: 0o600 },
  );
  const ca = await createCa('wardle-ca', Date.now());
  const serving = await issueCertificate(ca, {
    commonName: 'sample-api',
    dnsNames: ['sample-api.wardle.svc'],
    usages: ['server'],
    nowMs: Date.now(),
  });
  const [cert, key] = [join(server.dir, 'sample.crt'), join(server.dir, 'sample.key')];
  await writeKeyPair(serving, cert, key);
  const port = await freePort();
  sample = startProgram(binary, [
    `--etcd-servers=${etcd.url}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--tls-cert-file=${cert}`,
    `--tls-private-key-file=${key}`,
  ]);
  await says('apply -f -', list(registration(port, ca.cert)));
  try {
    await says('wait --for=condition=Available --timeout=90s apiservice/v1alpha1.wardle.example.com');
  } catch (error) {
    const conditions = await kubectl(['get', 'apiservice', 'v1alpha1.wardle.example.com', '-o', 'yaml']);
    throw new Error(`${conditions.stdout}\n${sample.output().slice(-4000)}`, { cause: error });
  }
}, BUILD_TIMEOUT_MS);
afterAll(async () => {
  await sample?.stop();
  await server?.remove();
  await etcd?.stop();
});

test('its kinds are discovered and explained', async () => {
  expect(await says('get apiservice v1alpha1.wardle.example.com')).toMatch(/wardle\/sample-api +True/);
  await eventually('they are known', async () => {
    const resources = await says('api-resources --api-group=wardle.example.com');
    return /flunders +wardle.example.com\/v1alpha1 +true +Flunder/.test(resources) && resources.includes('fischers');
  });
  expect(await says('explain flunder.spec')).toContain('reference');
});

test('its objects are made, watched, changed and deleted', async () => {
  expect(await says('create -f -', flunder('one'))).toContain('flunder.wardle.example.com/one created');
  expect(await says('get flunders')).toMatch(/^NAME +CREATED AT\none +\d{4}-/);
  expect(await says('label flunder one colour=red')).toContain('labeled');
  expect(await says('get flunders -A -l colour=red -o name')).toBe('flunder.wardle.example.com/one\n');
  expect(await says('apply --server-side -f -', flunder('two'))).toContain('serverside-applied');
  await says('wait --for=create flunder/two --timeout=10s');
  expect(await says('delete flunders --all --wait')).toContain('"two" deleted');
  expect(await says('get flunders -o name')).toBe('');
});

test('its own admission is heard', async () => {
  const fischer = {
    apiVersion: 'wardle.example.com/v1alpha1',
    kind: 'Fischer',
    metadata: { name: 'no' },
    disallowedFlunders: ['badname'],
  };
  await says('create -f -', JSON.stringify(fischer));
  await eventually('it is refused', async () => {
    const { stderr } = await kubectl(['create', '--dry-run=server', '-f', '-'], flunder('badname'));
    return stderr.includes('this name may not be used');
  });
  await says('delete fischer no');
});

test('it asks this API who may do what', async () => {
  await says('create clusterrole flunder-reader --verb=get,list --resource=flunders.wardle.example.com');
  await says('create clusterrolebinding flunder-reader --clusterrole=flunder-reader --user=jane');
  expect(await says('get flunders --as=jane -o name')).toBe('');
  const refused = await kubectl(['create', '--as=jane', '-f', '-'], flunder('three'));
  expect(refused.stderr).toContain('cannot create resource "flunders" in API group "wardle.example.com"');
  expect(await says('auth can-i list flunders.wardle.example.com --as=jane')).toBe('yes\n');
});

test('its objects go with their namespace', async () => {
  await says('create namespace pond');
  await says('create -n pond -f -', flunder('fish'));
  await says('delete namespace pond --timeout=60s');
  expect(await says('get flunders -A -o name')).toBe('');
});
