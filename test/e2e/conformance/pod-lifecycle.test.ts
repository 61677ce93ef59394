import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { pkiFiles } from '../../../cli/cluster/pki-files.ts';
import { apiServerURL } from '../../../cli/cluster/process-configs.ts';
import { pods } from '../../../lib/kube/resources.ts';
import { eventually } from '../../support/eventually.ts';
import { PodSpace } from './pod-space.ts';
import { scriptPod } from './script-pod.ts';

/** Beginnings and ends of pods, and what can be read of them meanwhile. */
const space = new PodSpace('conformance-pod-lifecycle');

const idle = "trap 'exit 0' TERM; while :; do usleep 100000; done";

/** Writes each path that it is asked for. */
const requestLog = `require('node:http').createServer((request, response) => {
  console.log(request.method, request.url, request.headers['x-from'] ?? '');
  response.end('ok');
}).listen(8080); console.log('listening')`;

beforeAll(async () => {
  await space.open();
  await space.createAll([
    scriptPod('handler', '', { container: { image: 'vigil/node:dev', command: ['node', '-e', requestLog] } }),
    scriptPod('always-fails', 'exit 1', { spec: { restartPolicy: 'Always' } }),
    scriptPod('talking', `echo container is alive; ${idle}`),
    scriptPod('arguments-of-pod', '', {
      container: { image: 'vigil/pause:dev', command: undefined, args: ['override', 'arguments'] },
    }),
    scriptPod('no-arguments', '', { container: { image: 'vigil/pause:dev', command: undefined } }),
    scriptPod('instead-of-default', '', { container: { command: undefined, args: ['echo', 'override', 'arguments'] } }),
  ]);
});
afterAll(() => space.close());

const key = (name: string) => ({ namespace: space.namespace, name });

describe.concurrent('a pod', () => {
  test('[sig-node] Container Lifecycle Hook when create a pod with lifecycle hook should execute prestop http hook properly [NodeConformance]', async () => {
    const handler = await space.until('handler', 'runs', ({ status }) => status?.phase === 'Running');
    await eventually('the handler listens', async () => (await space.logOf('handler')).includes('listening'));
    const httpGet = {
      host: handler.status?.podIP,
      port: 8080,
      path: '/echo?msg=prestop',
      httpHeaders: [{ name: 'x-from', value: 'hook' }],
    };
    await space.create(
      scriptPod('hooked', idle, {
        spec: { nodeName: handler.spec?.nodeName, terminationGracePeriodSeconds: 15 },
        container: { lifecycle: { preStop: { httpGet } } },
      }),
    );
    await space.until('hooked', 'runs', ({ status }) => status?.phase === 'Running');
    expect(await space.logOf('handler')).not.toContain('prestop');
    await space.cluster.client.delete(pods, key('hooked'));
    await eventually('the handler was asked before the pod ended', async () =>
      (await space.logOf('handler')).includes('GET /echo?msg=prestop hook'),
    );
    await space.gone('hooked');
  });

  test('[sig-node] Kubelet when scheduling a busybox command that always fails in a pod should be possible to delete [NodeConformance]', async () => {
    await space.until('always-fails', 'has ended with 1', ({ status }) => {
      const { state, lastState } = status?.containerStatuses?.[0] ?? {};
      return (state?.terminated ?? lastState?.terminated)?.exitCode === 1;
    });
    await space.cluster.client.delete(pods, key('always-fails'));
    await space.gone('always-fails');
  });

  test('[sig-node] Pods should support retrieving logs from the container over websockets [NodeConformance]', async () => {
    await space.until('talking', 'runs', ({ status }) => status?.phase === 'Running');
    await eventually('the container has written', async () => (await space.logOf('talking')).includes('alive'));
    for (const protocol of ['binary.k8s.io', 'base64.binary.k8s.io'])
      expect(await logOverWebSocket('talking', protocol)).toBe('container is alive\n');
  });

  test("[sig-node] Containers should be able to override the image's default arguments (container cmd) [NodeConformance]", async () => {
    expect(await space.outputOf('instead-of-default')).toBe('override arguments\n');
    const [entrypoint, given] = [await commandOf('no-arguments'), await commandOf('arguments-of-pod')];
    expect(entrypoint[0]).toBe('/bin/busybox');
    expect(given).toEqual([...entrypoint, 'override', 'arguments']);
  });
});

/** The first process of the container, as the kernel knows it. */
async function commandOf(pod: string): Promise<readonly string[]> {
  await space.until(pod, 'runs', ({ status }) => status?.phase === 'Running');
  const exec = ['-n', space.namespace, 'exec', pod, '--', '/bin/busybox', 'cat', '/proc/1/cmdline'];
  return (await space.cluster.kubectl(...exec)).split('\0').slice(0, -1);
}

async function logOverWebSocket(pod: string, protocol: string): Promise<string> {
  const { home, record } = space.cluster;
  const pki = pkiFiles(home.pki);
  const { ca, admin } = pki;
  const url = `${apiServerURL(record)}/api/v1/namespaces/${space.namespace}/pods/${pod}/log?container=main`;
  const socket = new WebSocket(url.replace('https:', 'wss:'), protocol, {
    ca: readFileSync(ca.cert),
    cert: readFileSync(admin.cert),
    key: readFileSync(admin.key),
  });
  let text = '';
  socket.on('message', (piece, isBinary) => {
    text += isBinary ? (piece as Buffer).toString() : Buffer.from((piece as Buffer).toString(), 'base64').toString();
  });
  await once(socket, 'close');
  return text;
}
