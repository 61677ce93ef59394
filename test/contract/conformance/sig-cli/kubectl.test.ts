import { request, type RequestOptions } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { Kubectl } from '../../clients/kubectl.ts';
import { startProgram } from '../../clients/running-program.ts';
import { ConformanceCluster } from '../cluster.ts';

let on: ConformanceCluster;
let kubectl: Kubectl;

beforeAll(async () => {
  on = await ConformanceCluster.start(['node-1']);
  kubectl = new Kubectl(on.plane);
});
afterAll(() => on?.stop());

const agnhost = (replicas: number) => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name: 'agnhost-primary', labels: { app: 'agnhost', role: 'primary' } },
  spec: {
    replicas,
    selector: { app: 'agnhost', role: 'primary' },
    template: {
      metadata: { labels: { app: 'agnhost', role: 'primary' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'agnhost-primary', image: 'agnhost:2', ports: [{ name: 'server', containerPort: 6379 }] }],
      },
    },
  },
});

const running = (namespace: string, count: number) =>
  eventually(`${count} pods run`, async () => {
    const args = ['get', 'pods', '-n', namespace, '--field-selector', 'status.phase=Running', '-o', 'name'];
    const names = await kubectl.run(args);
    return names.split('\n').filter((line) => line !== '').length === count;
  });

test('[sig-cli] Kubectl client Kubectl cluster-info should check if Kubernetes control plane services is included in cluster-info', async () => {
  // eslint-disable-next-line no-control-regex
  const said = (await kubectl.run(['cluster-info'])).replaceAll(/\u001B\[[0-9;]*m/g, '');
  expect(said).toContain(`Kubernetes control plane is running at ${on.plane.url}`);
});

test('[sig-cli] Kubectl client Kubectl version should check is all data is printed', async () => {
  const said = JSON.parse(await kubectl.run(['version', '-o', 'json'])) as Record<string, Record<string, string>>;
  for (const side of ['clientVersion', 'serverVersion']) {
    for (const field of [
      'major',
      'minor',
      'gitVersion',
      'gitCommit',
      'gitTreeState',
      'buildDate',
      'goVersion',
      'compiler',
      'platform',
    ])
      expect(said[side], side).toHaveProperty(field);
  }
});

test('[sig-cli] Kubectl client Kubectl describe should check if kubectl describe prints relevant information for rc and pods', async () => {
  const namespace = await on.namespace();
  await kubectl.run(['create', '-n', namespace, '-f', '-'], agnhost(1));
  await kubectl.run(['create', '-n', namespace, '-f', '-'], {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'agnhost-primary', labels: { app: 'agnhost', role: 'primary' } },
    spec: { ports: [{ port: 6379, targetPort: 'server' }], selector: { app: 'agnhost', role: 'primary' } },
  });
  await running(namespace, 1);
  const describe = (...args: readonly string[]) => kubectl.run(['describe', '-n', namespace, ...args]);
  const expectLines = (text: string, lines: readonly RegExp[]) => {
    for (const line of lines) expect(text).toMatch(line);
  };
  expectLines(await describe('pods'), [
    /^Name:\s+agnhost-primary-/m,
    new RegExp(String.raw`^Namespace:\s+${namespace}$`, 'm'),
    /^Node:\s+node-1/m,
    /^Labels:\s+app=agnhost$/m,
    /^\s+role=primary$/m,
    /^Status:\s+Running$/m,
    /^IP:\s+\d/m,
    /^Controlled By:\s+ReplicationController\/agnhost-primary$/m,
    /^\s+Image:\s+agnhost:2$/m,
    /^\s+State:\s+Running$/m,
    /^QoS Class:\s+BestEffort$/m,
  ]);
  expectLines(await describe('rc', 'agnhost-primary'), [
    /^Name:\s+agnhost-primary$/m,
    /^Selector:\s+app=agnhost,role=primary$/m,
    /^Replicas:\s+1 current \/ 1 desired$/m,
    /^Pods Status:\s+1 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed$/m,
    /SuccessfulCreate/,
  ]);
  expectLines(await describe('service', 'agnhost-primary'), [
    /^Selector:\s+app=agnhost,role=primary$/m,
    /^Type:\s+ClusterIP$/m,
    /^IP:\s+10\./m,
    /^Port:\s+<unset>\s+6379\/TCP$/m,
    /^Endpoints:\s+\d+\.\d+\.\d+\.\d+:6379$/m,
    /^Session Affinity:\s+None$/m,
  ]);
  expectLines(await describe('node', 'node-1'), [
    /^Name:\s+node-1$/m,
    /^Labels:/m,
    /^Annotations:/m,
    /^CreationTimestamp:/m,
    /^Conditions:/m,
    /^Capacity:/m,
    /^Non-terminated Pods:/m,
  ]);
  expectLines(await kubectl.run(['describe', 'namespace', namespace]), [
    new RegExp(String.raw`^Name:\s+${namespace}$`, 'm'),
    /^Status:\s+Active$/m,
    /^No resource quota/m,
    /^No LimitRange resource/m,
  ]);
});

test('[sig-cli] Kubectl client Kubectl expose should create services for rc', async () => {
  const namespace = await on.namespace();
  await kubectl.run(['create', '-n', namespace, '-f', '-'], agnhost(1));
  await running(namespace, 1);
  const expectService = async (name: string, port: number) => {
    const service = await on.api.get(`/api/v1/namespaces/${namespace}/services/${name}`);
    expect(service.spec).toMatchObject({ ports: [{ port, targetPort: 6379 }] });
    await eventually('it has an endpoint', async () => {
      const endpoints = await on.api.get(`/api/v1/namespaces/${namespace}/endpoints/${name}`);
      return JSON.stringify(endpoints['subsets'] ?? []).includes('"port":6379');
    });
  };
  await kubectl.run([
    'expose',
    '-n',
    namespace,
    'rc',
    'agnhost-primary',
    '--name=rm2',
    '--port=1234',
    '--target-port=6379',
  ]);
  await expectService('rm2', 1234);
  await kubectl.run(['expose', '-n', namespace, 'service', 'rm2', '--name=rm3', '--port=2345', '--target-port=6379']);
  await expectService('rm3', 2345);
});

test('[sig-cli] Kubectl client Kubectl label should update the label on a resource', async () => {
  const namespace = await on.namespace();
  const pause = ['-n', namespace, 'pod', 'pause'];
  await kubectl.run(['run', '-n', namespace, 'pause', '--image=pause:1', '--restart=Never']);
  await running(namespace, 1);
  await kubectl.run(['label', ...pause, 'testing-label=testing-label-value']);
  expect(await kubectl.run(['get', ...pause, '-L', 'testing-label'])).toContain('testing-label-value');
  expect(await kubectl.run(['get', 'pods', '-n', namespace, '-l', 'testing-label', '-o', 'name'])).toBe('pod/pause\n');
  await kubectl.run(['label', ...pause, 'testing-label-']);
  expect(await kubectl.run(['get', ...pause, '-L', 'testing-label'])).not.toContain('testing-label-value');
  expect(await kubectl.run(['get', 'pods', '-n', namespace, '-l', 'testing-label', '-o', 'name'])).toBe('');
});

test('[sig-cli] Kubectl client Kubectl run pod should create a pod from an image when restart is Never', async () => {
  const namespace = await on.namespace();
  await kubectl.run(['run', '-n', namespace, 'e2e-test-httpd-pod', '--restart=Never', '--image=httpd:2']);
  const pod = await on.api.get(`/api/v1/namespaces/${namespace}/pods/e2e-test-httpd-pod`);
  expect(pod.spec).toMatchObject({ restartPolicy: 'Never', containers: [{ image: 'httpd:2' }] });
});

test('[sig-cli] Kubectl client Kubectl server-side dry-run should check if kubectl can dry-run update Pods', async () => {
  const namespace = await on.namespace();
  const imageOf = async () => {
    const { spec } = await on.api.get(`/api/v1/namespaces/${namespace}/pods/e2e-test-httpd-pod`);
    return ((spec?.['containers'] ?? []) as readonly { readonly image: string }[])[0]?.image;
  };
  await kubectl.run([
    'run',
    '-n',
    namespace,
    'e2e-test-httpd-pod',
    '--image=httpd:2',
    '--labels=run=e2e-test-httpd-pod',
  ]);
  expect(await imageOf()).toBe('httpd:2');
  const patch = '{"spec":{"containers":[{"name":"e2e-test-httpd-pod","image":"busybox:1"}]}}';
  const said = await kubectl.run([
    'patch',
    '-n',
    namespace,
    'pod',
    'e2e-test-httpd-pod',
    '-p',
    patch,
    '--dry-run=server',
  ]);
  expect(said).toContain('pod/e2e-test-httpd-pod patched');
  expect(await imageOf()).toBe('httpd:2');
});

test('[sig-cli] Kubectl client Update Demo should create and stop a replication controller', async () => {
  const namespace = await on.namespace();
  await kubectl.run(['create', '-n', namespace, '-f', '-'], agnhost(2));
  await running(namespace, 2);
  await kubectl.run(['delete', '-n', namespace, 'rc', 'agnhost-primary', '--timeout=60s']);
  expect(await kubectl.run(['get', 'rc', '-n', namespace, '-o', 'name'])).toBe('');
  await running(namespace, 0);
});

test('[sig-cli] Kubectl client Update Demo should scale a replication controller', async () => {
  const namespace = await on.namespace();
  await kubectl.run(['create', '-n', namespace, '-f', '-'], agnhost(2));
  await running(namespace, 2);
  for (const replicas of [1, 2]) {
    await kubectl.run(['scale', '-n', namespace, 'rc', 'agnhost-primary', `--replicas=${replicas}`, '--timeout=60s']);
    await running(namespace, replicas);
  }
});

const ask = (options: RequestOptions) =>
  new Promise<string>((resolve, reject) => {
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve(text));
    });
    sent.once('error', reject).end();
  });

const env = () => ({ KUBECONFIG: on.plane.kubeconfig, HOME: on.plane.dir });

test('[sig-cli] Kubectl client Proxy server should support proxy with --port 0', async () => {
  const proxy = startProgram('kubectl', ['proxy', '--port=0', '--disable-filter'], env());
  try {
    const port = await eventually('the proxy serves', () => /127\.0\.0\.1:(\d+)/.exec(proxy.output())?.[1]);
    const versions = JSON.parse(await ask({ host: '127.0.0.1', port: Number(port), path: '/api/' })) as {
      versions: readonly string[];
    };
    expect(versions.versions).toContain('v1');
  } finally {
    await proxy.stop();
  }
});

test('[sig-cli] Kubectl client Proxy server should support --unix-socket=/path', async () => {
  const socketPath = join(on.plane.dir, 'proxy.sock');
  const proxy = startProgram('kubectl', ['proxy', `--unix-socket=${socketPath}`], env());
  try {
    await eventually('the proxy serves', () => proxy.output().includes('Starting to serve'));
    expect(await ask({ socketPath, path: '/api/', headers: { host: 'localhost' } })).toContain('"v1"');
  } finally {
    await proxy.stop();
  }
});
