import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pkiFiles } from '../../../cli/cluster/pki-files.ts';
import { apiServerURL } from '../../../cli/cluster/process-configs.ts';
import { endpointSlices, services } from '../../../lib/kube/resources.ts';
import type { Pod, Service } from '../../../lib/kube/types.ts';
import { ApiClient } from '../../contract/conformance/api-client.ts';
import { eventually } from '../../support/eventually.ts';
import { PodSpace } from './pod-space.ts';
import { scriptPod } from './script-pod.ts';

/** Services, names and ways between pods on several nodes. Every server answers with its name, so that who was reached is known. */
const space = new PodSpace('conformance-network');
const { client } = space.cluster;

const [HTTP, UDP, OTHER_HTTP] = [8080, 8081, 8082];

/** `/hostName` is answered with the pod's name, every other path with the method and the path; a datagram with the pod's name. */
const netServer = `
  const name = require('node:os').hostname();
  const answer = (request, response) => {
    if (request.url === '/hostName') response.end(name);
    else response.setHeader('x-method', request.method).end(request.method + ' ' + request.url);
  };
  for (const port of [${HTTP}, ${OTHER_HTTP}]) require('node:http').createServer(answer).listen(port);
  const udp = require('node:dgram').createSocket('udp4');
  udp.on('message', (message, { port, address }) => udp.send(name, port, address)).bind(${UDP});`;

const servers = ['node-1', 'node-2', 'node-3'].map((nodeName, index) =>
  scriptPod(`server-${index + 1}`, '', {
    metadata: { name: `server-${index + 1}`, labels: { app: 'server' } },
    spec: { nodeName },
    container: {
      image: 'vigil/node:dev',
      command: ['node', '-e', netServer],
      readinessProbe: { tcpSocket: { port: HTTP }, periodSeconds: 1 },
    },
  }),
);
const names = servers.map(({ metadata }) => metadata?.name ?? '');

const container = { image: 'vigil/node:dev' };
const idle = "trap 'exit 0' TERM; while :; do usleep 100000; done";

function service(name: string, spec: Service['spec']): Promise<Service> {
  const ports = [{ name: 'http', port: 80, targetPort: HTTP }];
  return client.create(services, { metadata: { name, namespace: space.namespace }, spec: { ports, ...spec } });
}

const selector = { app: 'server' };
let api: ApiClient;

beforeAll(async () => {
  await space.open();
  const pki = pkiFiles(space.cluster.home.pki);
  const [ca, cert, key] = [pki.ca.cert, pki.admin.cert, pki.admin.key].map((file) => readFileSync(file, 'utf8'));
  api = new ApiClient({ server: apiServerURL(space.cluster.record), ca: ca ?? '', cert, key });
  await space.createAll([
    ...servers,
    scriptPod('client', idle, { container }),
    scriptPod('on-host', idle, { container, spec: { hostNetwork: true } }),
  ]);
  await Promise.all([
    service('plain', { selector }),
    service('headless', { selector, clusterIP: 'None' }),
    service('affine', { selector, type: 'NodePort', sessionAffinity: 'ClientIP' }),
    service('switching', { selector, sessionAffinity: 'ClientIP' }),
    service('switching-port', { selector, type: 'NodePort', sessionAffinity: 'ClientIP' }),
  ]);
  for (const name of [...names, 'client', 'on-host'])
    await space.until(
      name,
      'is ready',
      ({ status }) => status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    );
});
afterAll(async () => {
  api.close();
  await space.close();
});

const podOf = (name: string): Promise<Pod> => space.until(name, 'is there', () => true);
const addressOf = async (name: string) => (await podOf(name)).status?.podIP ?? '';
const get = (name: string) => client.get(services, { namespace: space.namespace, name });

/** What a program of Node in the pod writes; fails when it fails. Busybox cannot look names up. */
async function said(pod: string, program: string): Promise<string> {
  const { code, stdout, stderr } = await space.exec(pod, 'node', '-e', program);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stdout}${stderr}`);
  return stdout.trim();
}

const CONSECUTIVE = 15;

/** Asks as many times, each over a connection of its own: a Service is chosen for when one is made. */
const asking = (url: string, times: number, options: object = {}) => `(async () => {
  const ask = () => new Promise((resolve, reject) => {
    const request = require('node:http').request('${url}', { agent: false, timeout: 5000, ...${JSON.stringify(options)} });
    request.on('response', (response) => response.on('data', (text) => console.log(String(text))).on('end', resolve));
    request.on('timeout', () => request.destroy(new Error('no answer'))).on('error', reject).end();
  });
  for (let time = 0; time < ${times}; time++) await ask();
})()`;

const sendingDatagram = (address: string) => `
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (text) => { console.log(String(text)); socket.close(); });
  setTimeout(() => process.exit(1), 5000).unref();
  socket.send('hostName', ${UDP}, '${address}');`;

const lookingUp = (name: string) => `
  require('node:dns').lookup('${name}', { all: true, family: 4 }, (error, found) => {
    if (error) throw error;
    for (const { address } of found) console.log(address);
  })`;

/** The domains that a partial name is completed by are the resolver's to try: Node's does so for addresses only. */
const lookingUpServices = (name: string) => `(async () => {
  const settings = require('node:fs').readFileSync('/etc/resolv.conf', 'utf8');
  const domains = /^search (.+)$/m.exec(settings)[1].split(' ');
  const asked = domains.map((domain) => require('node:dns').promises.resolveSrv('${name}.' + domain));
  for (const { status, value } of await Promise.allSettled(asked))
    if (status === 'fulfilled') for (const { port, name } of value) console.log(port + ' ' + name);
})()`;

/** Who answers so many requests, one after the other. */
async function answersOf(address: string): Promise<ReadonlySet<string>> {
  const lines = (await said('client', asking(`http://${address}/hostName`, CONSECUTIVE))).split('\n');
  expect(lines).toHaveLength(CONSECUTIVE);
  return new Set(lines);
}

const expectAffinity = (address: string) =>
  eventually(`${CONSECUTIVE} requests to ${address} in a row reach the same pod`, async () => {
    const answers = await answersOf(address);
    return answers.size === 1 && names.includes([...answers][0] ?? '');
  });

const expectNoAffinity = (address: string) =>
  eventually(`requests to ${address} reach several pods`, async () => (await answersOf(address)).size > 1);

/** The ways to a Service: by name, by address and, where it has a port on the nodes, through a node. */
async function waysTo(name: string): Promise<readonly string[]> {
  const { spec } = await get(name);
  const nodePort = spec?.ports?.[0]?.nodePort;
  const node = (await podOf('client')).status?.hostIP;
  return [`${name}:80`, `${spec?.clusterIP}:80`, ...(nodePort === undefined ? [] : [`${node}:${nodePort}`])];
}

async function expectSwitching(name: string): Promise<void> {
  const ways = await waysTo(name);
  const setAffinity = (sessionAffinity: string) =>
    client.patch(services, { namespace: space.namespace, name }, 'merge', {
      spec: { sessionAffinity, ...(sessionAffinity === 'None' ? { sessionAffinityConfig: null } : {}) },
    });
  for (const way of ways) await expectAffinity(way);
  await setAffinity('None');
  for (const way of ways) await expectNoAffinity(way);
  await setAffinity('ClientIP');
  for (const way of ways) await expectAffinity(way);
}

describe.concurrent('the network', () => {
  test('[sig-network] DNS should resolve DNS of partial qualified names for services [LinuxOnly]', async () => {
    const addresses = await Promise.all(names.map(addressOf));
    const expected = { plain: [(await get('plain')).spec?.clusterIP ?? ''], headless: addresses };
    for (const [name, ips] of Object.entries(expected)) {
      for (const partial of [name, `${name}.${space.namespace}`, `${name}.${space.namespace}.svc`])
        await eventually(`${partial} has its addresses`, async () => {
          const found = (await said('client', lookingUp(partial))).split('\n').toSorted();
          return found.join() === ips.toSorted().join() || Promise.reject(new Error(`it has ${found.join()}`));
        });
      const srv = `_http._tcp.${name}.${space.namespace}.svc`;
      const target = `${name}.${space.namespace}.svc.cluster.local`;
      await eventually(`${srv} names the Service's port`, async () => {
        const found = await said('client', lookingUpServices(srv));
        return name === 'plain' ? found.includes(`80 ${target}`) : found.includes(`${HTTP} `) && found.includes(target);
      });
    }
  });

  test('[sig-network] EndpointSlice should support a Service with multiple endpoint IPs specified in multiple EndpointSlices', async () => {
    const ports = [
      { name: 'one', port: 80 },
      { name: 'two', port: 81 },
    ];
    const { spec } = await service('by-hand', { ports });
    const parts = [
      { port: 'one', to: HTTP, server: 'server-1' },
      { port: 'two', to: OTHER_HTTP, server: 'server-2' },
    ];
    for (const { port, to, server } of parts)
      await client.create(endpointSlices, {
        metadata: {
          name: `by-hand-${port}`,
          namespace: space.namespace,
          labels: { 'kubernetes.io/service-name': 'by-hand' },
        },
        addressType: 'IPv4',
        endpoints: [{ addresses: [await addressOf(server)], conditions: { ready: true } }],
        ports: [{ name: port, port: to, protocol: 'TCP' }],
      });
    for (const [port, server] of [
      [80, 'server-1'],
      [81, 'server-2'],
    ] as const)
      await eventually(
        `port ${port} leads to ${server}`,
        async () => (await said('client', asking(`http://${spec?.clusterIP}:${port}/hostName`, 1))) === server,
      );
  });

  test('[sig-network] Networking Granular Checks: Pods should function for intra-pod communication: udp [NodeConformance]', async () => {
    for (const name of names) {
      const address = await addressOf(name);
      await eventually(
        `${name} answers a datagram`,
        async () => (await said('client', sendingDatagram(address))) === name,
      );
    }
  });

  test('[sig-network] Networking Granular Checks: Pods should function for node-pod communication: http [LinuxOnly] [NodeConformance]', async () => {
    for (const name of names) {
      const url = `http://${await addressOf(name)}:${HTTP}/hostName`;
      await eventually(
        `${name} answers the node`,
        async () => (await said('on-host', asking(url, 1, { method: 'POST' }))) === name,
      );
    }
  });

  test('[sig-network] Proxy version v1 A set of valid responses are returned for both pod and service ProxyWithPath', async () => {
    const base = `/api/v1/namespaces/${space.namespace}`;
    for (const target of [`${base}/pods/server-1:${HTTP}`, `${base}/services/plain:http`]) {
      for (const method of ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'] as const) {
        const answer = await api.send(method, `${target}/proxy/some/path/with/${method}`);
        expect({ target, method, status: answer.status, text: answer.text }).toEqual({
          target,
          method,
          status: 200,
          text: method === 'HEAD' ? '' : `${method} /some/path/with/${method}`,
        });
        expect(answer.headers['x-method']).toBe(method);
      }
    }
  });

  test('[sig-network] Services should have session affinity work for NodePort service [LinuxOnly]', async () => {
    for (const way of await waysTo('affine')) await expectAffinity(way);
  });

  test('[sig-network] Services should be able to switch session affinity for service with type clusterIP [LinuxOnly]', () =>
    expectSwitching('switching'));

  test('[sig-network] Services should be able to switch session affinity for NodePort service [LinuxOnly]', () =>
    expectSwitching('switching-port'));
});
