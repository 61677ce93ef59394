import { readFileSync } from 'node:fs';
import { Agent, request, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ExtensionServer, zooGroup } from '../../servers/extension-server.ts';
import { eventually } from '../../support/eventually.ts';
import { runProgram } from '../../support/run-program.ts';
import { ControlPlaneProcess, type Identity } from './control-plane-process.ts';

const api = `/apis/${zooGroup}/v1`;
const apiServiceName = `v1.${zooGroup}`;
let server: ControlPlaneProcess;
let zoo: ExtensionServer;
let keeper: string;

const kubectlAs = (kubeconfig: string, args: string, input = '') =>
  runProgram('kubectl', args.split(' '), {
    env: { KUBECONFIG: kubeconfig, KUBECACHEDIR: join(server.dir, 'cache') },
    input,
  });
const kubectl = (args: string, input = '') => kubectlAs(server.kubeconfig, args, input);

async function says(args: string, input = ''): Promise<string> {
  const { stdout, stderr, code } = await kubectl(args, input);
  expect({ code, stderr: code === 0 ? '' : stderr }, `kubectl ${args}`).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const apiService = (extra: object = {}) => ({
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: apiServiceName },
  spec: {
    group: zooGroup,
    version: 'v1',
    groupPriorityMinimum: 2000,
    versionPriority: 200,
    service: { namespace: 'zoo', name: 'api' },
    caBundle: Buffer.from(zoo.ca.cert).toString('base64'),
    ...extra,
  },
});

const objects = () => [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'zoo' } },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'api', namespace: 'zoo' },
    spec: { ports: [{ name: 'https', port: 443, targetPort: 8443 }] },
  },
  endpointSlice(zoo.port),
  apiService(),
];

const endpointSlice = (port: number) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'api-1', namespace: 'zoo', labels: { 'kubernetes.io/service-name': 'api' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
  ports: [{ name: 'https', port, protocol: 'TCP' }],
});

const list = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
const animal = (name: string, extra: object = {}) => ({
  apiVersion: `${zooGroup}/v1`,
  kind: 'Animal',
  metadata: { name, ...extra },
});

async function available(expected: string): Promise<void> {
  await eventually(`the APIService is ${expected}`, async () => {
    const row = await says(`get apiservice ${apiServiceName} --no-headers`);
    return row.includes(expected);
  });
}

const agentsOf = new Map<string, Agent>();
async function raw(user: string, options: RequestOptions, body?: string | Buffer): Promise<IncomingMessage> {
  const identity: Identity = await server.identity(user);
  let agent = agentsOf.get(user);
  if (!agent) agentsOf.set(user, (agent = new Agent({ ...identity, ca: server.ca.cert, keepAlive: true })));
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: server.port, agent, ...options }, resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer) text += String(chunk);
  return text;
}

beforeAll(async () => {
  server = await ControlPlaneProcess.create('memory');
  await server.start();
  keeper = await server.writeKubeconfig('keeper', ['zoo:keepers', 'zoo:night']);
  const frontProxyCa = readFileSync(join(server.dir, 'pki/front-proxy-ca.crt'), 'utf8');
  zoo = await ExtensionServer.start({ frontProxyCa, serverName: 'api.zoo.svc' });
  await says('apply -f -', list(objects()));
  await available('True');
  await says('create clusterrole keeper --verb=get,list,watch,create --resource=animals.zoo.example.com');
  await says('create clusterrolebinding keeper --clusterrole=keeper --group=zoo:keepers');
});
afterAll(async () => {
  for (const agent of agentsOf.values()) agent.destroy();
  await server.remove();
  await zoo.stop();
});
beforeEach(() => {
  zoo.seen.splice(0);
});

describe('the groups that this server answers itself', () => {
  test('have an APIService each', async () => {
    const shown = await says('get apiservices');
    expect(shown).toMatch(/^NAME +SERVICE +AVAILABLE +AGE$/m);
    expect(shown).toMatch(/^v1\. +Local +True /m);
    expect(shown).toMatch(/^v1\.apps +Local +True /m);
    expect(shown).toMatch(/^v1beta1\.metrics\.k8s\.io +Local +True /m);
    expect(shown).toMatch(/^v1\.zoo\.example\.com +zoo\/api +True /m);
    expect(await says('get apiservices -l kube-aggregator.kubernetes.io/automanaged=onstart -o name')).toContain(
      'apiservice.apiregistration.k8s.io/v1.apps',
    );
  });

  test('get it again when somebody deletes it', async () => {
    const uid = await says('get apiservice v1.apps -o jsonpath={.metadata.uid}');
    await says('delete apiservice v1.apps');
    await eventually('there is another', async () => {
      const { stdout } = await kubectl('get apiservice v1.apps -o jsonpath={.metadata.uid}');
      return stdout !== '' && stdout !== uid;
    });
  });

  test('defined by custom kinds come and go with them', async () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'toys.play.example.com' },
      spec: {
        group: 'play.example.com',
        scope: 'Namespaced',
        names: { plural: 'toys', singular: 'toy', kind: 'Toy', listKind: 'ToyList' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
          { name: 'v2', served: false, storage: false, schema: { openAPIV3Schema: { type: 'object' } } },
        ],
      },
    };
    await says('create -f -', JSON.stringify(crd));
    await eventually(
      'it is there',
      async () => (await says('get apiservices')).match(/^v1\.play\.example\.com +Local +True/m) !== null,
    );
    expect(await says('get apiservice v1.play.example.com -o jsonpath={.metadata.labels}')).toBe(
      '{"kube-aggregator.kubernetes.io/automanaged":"true"}',
    );
    await says('delete crd toys.play.example.com');
    await eventually('it is gone', async () => !(await says('get apiservices')).includes('play.example.com'));
  });
});

describe('a kind that another server answers', () => {
  test('is discovered, used and explained by kubectl as any other', async () => {
    expect(await says('api-resources --api-group=zoo.example.com')).toMatch(
      /animals +zoo\.example\.com\/v1 +true +Animal/,
    );
    expect(await says('api-versions')).toContain('zoo.example.com/v1');
    expect(await says('create -f -', JSON.stringify(animal('bear')))).toContain('animal.zoo.example.com/bear created');
    expect(await says('get animals -o name')).toBe('animal.zoo.example.com/bear\n');
    const document = JSON.parse(await says('get --raw /openapi/v2')) as Record<string, Record<string, unknown>>;
    expect(document['definitions']).toHaveProperty(['com.example.zoo.v1.Animal']);
    expect(Object.keys(document['paths'] ?? {})).toEqual(expect.arrayContaining([`${api}/animals`, '/api/v1/pods']));
    expect(await says('explain animal.legs')).toContain('How many there are to walk on.');
    expect(await says('get animal bear -o jsonpath={.metadata.namespace}')).toBe('default');
    expect(await says('delete animal bear')).toContain('deleted');
    const gone = await kubectl('get animal bear');
    expect(gone.stderr).toContain('animals.zoo.example.com "bear" not found');
  });

  test('is answered in the name of the user that this server knows, whatever he says of himself', async () => {
    const answer = await raw('keeper', {
      path: `${api}/namespaces/default/animals?limit=7`,
      headers: {
        'X-Remote-User': 'admin',
        'X-Remote-Group': 'system:masters',
        'X-Remote-Extra-Scope': 'all',
        connection: 'X-Remote-Uid, keep-alive',
      },
    });
    expect(answer.statusCode).toBe(200);
    await textOf(answer);
    const [asked] = zoo.seen;
    expect(asked?.line).toBe(`GET ${api}/namespaces/default/animals?limit=7`);
    expect(asked?.headers).toMatchObject({
      'x-remote-user': 'keeper',
      'x-remote-group': 'zoo:keepers, zoo:night, system:authenticated',
    });
    expect(asked?.headers).not.toHaveProperty('x-remote-extra-scope');
    expect(asked?.headers).not.toHaveProperty('authorization');
  });

  test('is answered in the name of whom an administrator speaks for', async () => {
    await says('get animals --as=nelly --as-group=zoo:keepers --as-uid=7');
    const asked = zoo.seen.find(({ line }) => line.includes('/animals'));
    expect(asked?.headers).toMatchObject({
      'x-remote-user': 'nelly',
      'x-remote-uid': '7',
      'x-remote-group': 'zoo:keepers, system:authenticated',
    });
    expect(Object.keys(asked?.headers ?? {}).filter((name) => name.startsWith('impersonate'))).toEqual([]);
  });

  test('is only for those who may', async () => {
    expect((await kubectlAs(keeper, 'auth can-i create animals.zoo.example.com')).stdout).toBe('yes\n');
    expect((await kubectlAs(keeper, 'auth can-i delete animals.zoo.example.com')).stdout).toBe('no\n');
    const refused = await raw('keeper', { method: 'DELETE', path: `${api}/namespaces/default/animals` });
    expect(refused.statusCode).toBe(403);
    expect(JSON.parse(await textOf(refused))['message']).toContain(
      'animals.zoo.example.com is forbidden: User "keeper" cannot deletecollection resource "animals" in API group "zoo.example.com"',
    );
    expect(zoo.seen.filter(({ line }) => line.startsWith('DELETE'))).toEqual([]);
  });

  test('is watched', async () => {
    const watch = await raw('admin', { path: `${api}/animals?watch=true` });
    expect(watch.statusCode).toBe(200);
    const events = watch[Symbol.asyncIterator]();
    await says('create --validate=false -f -', JSON.stringify(animal('wolf')));
    const { value } = (await events.next()) as { value: Buffer };
    expect(JSON.parse(String(value))).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'wolf' } } });
    watch.destroy();
    await says('delete animal wolf');
  });

  test('takes bodies of any length and answers while they come', async () => {
    const identity = await server.identity('admin');
    const agent = new Agent({ ...identity, ca: server.ca.cert });
    const outgoing = request({
      host: '127.0.0.1',
      port: server.port,
      method: 'POST',
      path: `${api}/echo`,
      agent,
      headers: { 'content-type': 'application/octet-stream' },
    });
    outgoing.write('first');
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
    });
    const parts = answer[Symbol.asyncIterator]();
    expect(String(((await parts.next()) as { value: Buffer }).value)).toBe('first');
    const piece = Buffer.alloc(1024 * 1024, 'x');
    let received = 0;
    const reading = (async () => {
      for (;;) {
        const next = (await parts.next()) as IteratorResult<Buffer>;
        if (next.done === true) return;
        received += next.value.length;
      }
    })();
    for (let count = 0; count < 8; count++)
      await new Promise<void>((resolve) => outgoing.write(piece, () => resolve()));
    outgoing.end();
    await reading;
    expect(received).toBe(8 * piece.length);
    agent.destroy();
  });

  test('may not lead the client elsewhere', async () => {
    const answer = await raw('admin', { path: `${api}/elsewhere` });
    expect(answer.statusCode).toBe(502);
    expect(await textOf(answer)).toBe('the backend attempted to redirect this request, which is not permitted');
  });
});

describe('an upgrade', () => {
  async function upgraded(path: string, user = 'admin'): Promise<{ socket: TLSSocket; read: () => Promise<string> }> {
    const identity = await server.identity(user);
    const socket = connect({ host: '127.0.0.1', port: server.port, ca: server.ca.cert, ...identity });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', () => resolve());
      socket.once('error', reject);
    });
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, X-Remote-User\r\nUpgrade: shout\r\nX-Remote-User: root\r\n\r\n`,
    );
    const parts = socket[Symbol.asyncIterator]();
    return { socket, read: async () => String(((await parts.next()) as { value?: Buffer }).value ?? '') };
  }

  test('is joined to the other server, in the name of the user', async () => {
    const { socket, read } = await upgraded(`${api}/namespaces/default/animals/bear/shout`);
    expect(await read()).toContain('HTTP/1.1 101 ');
    socket.write('roar');
    expect(await read()).toBe('ROAR');
    socket.destroy();
    expect(zoo.seen[0]?.headers).toMatchObject({ 'x-remote-user': 'admin', connection: 'Upgrade', upgrade: 'shout' });
  });

  test('that is refused leaves no way to speak with this server’s certificate', async () => {
    const { socket, read } = await upgraded(`${api}/namespaces/default/animals/bear/refuse`);
    expect(await read()).toContain('HTTP/1.1 403 ');
    socket.write(`GET ${api}/animals HTTP/1.1\r\nHost: x\r\nX-Remote-User: root\r\n\r\n`);
    expect(await read()).toBe('');
    expect(zoo.seen.filter(({ line }) => line.startsWith('afterwards'))).toEqual([]);
  });

  test('is refused to those who may not', async () => {
    const { socket, read } = await upgraded(`${api}/namespaces/default/animals/bear/shout`, 'keeper');
    expect(await read()).toContain('HTTP/1.1 403 ');
    socket.destroy();
    expect(zoo.seen).toEqual([]);
  });
});

describe('discovery', () => {
  const groups = async () => {
    const { stdout } = await kubectl('get --raw /apis');
    return (JSON.parse(stdout) as { groups: { name: string }[] }).groups.map(({ name }) => name);
  };

  test('ranks groups as APIServices say', async () => {
    const before = await groups();
    expect(before.slice(0, 3)).toEqual(['apiregistration.k8s.io', 'apps', 'events.k8s.io']);
    expect(before.indexOf(zooGroup)).toBeGreaterThan(before.indexOf('discovery.k8s.io'));
    await says(`patch apiservice ${apiServiceName} --type=merge -p {"spec":{"groupPriorityMinimum":19000}}`);
    expect((await groups())[1]).toBe(zooGroup);
    await says(`patch apiservice ${apiServiceName} --type=merge -p {"spec":{"groupPriorityMinimum":2000}}`);
  });

  test('of the group and of its version', async () => {
    expect(JSON.parse(await says(`get --raw /apis/${zooGroup}`))).toMatchObject({
      kind: 'APIGroup',
      name: zooGroup,
      versions: [{ groupVersion: 'zoo.example.com/v1', version: 'v1' }],
    });
    expect(JSON.parse(await says(`get --raw ${api}`))).toMatchObject({
      kind: 'APIResourceList',
      resources: [{ name: 'animals' }],
    });
  });

  test('asks again only for what has changed', async () => {
    await says(`annotate apiservice ${apiServiceName} again=1`);
    await eventually('it asks with what it has', () =>
      zoo.seen.some(({ line, headers }) => line === 'GET /apis' && headers['if-none-match'] !== undefined),
    );
    zoo.hasCages = true;
    await says(`annotate apiservice ${apiServiceName} again=2 --overwrite`);
    await eventually('the new resource is told of', async () => (await says('api-resources')).includes('cages'));
    zoo.isOld = true;
    zoo.hasCages = false;
    await says(`annotate apiservice ${apiServiceName} again=3 --overwrite`);
    await eventually('old servers are understood too', async () => !(await says('api-resources')).includes('cages'));
    expect(await says('api-resources --api-group=zoo.example.com')).toMatch(/animals +zoo\.example\.com\/v1 +true/);
    zoo.isOld = false;
  });
});

describe('a server that does not answer', () => {
  test('is said to be unavailable, and its group stale, until it is back', async () => {
    await zoo.stop();
    await says(`label endpointslice api-1 -n zoo touched=1 --overwrite`);
    await available('False (FailedDiscoveryCheck)');
    const answer = await raw('admin', { path: `${api}/animals` });
    expect(answer.statusCode).toBe(503);
    expect(await textOf(answer)).toBe('service unavailable\n');
    const metrics = await says('get --raw /metrics');
    expect(metrics).toContain(`aggregator_unavailable_apiservice{name="${apiServiceName}"} 1`);
    expect(metrics).toContain(
      `aggregator_unavailable_apiservice_total{name="${apiServiceName}",reason="FailedDiscoveryCheck"} 1`,
    );
    const { stderr } = await kubectl('get animals');
    expect(stderr).toContain('the server is currently unable to handle the request');
    // kubectl leaves stale groups out, and shows the others.
    const resources = await kubectl('api-resources');
    expect(resources.stdout).toContain('deployments');
    expect(resources.stdout).not.toContain('zoo.example.com/v1');
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const document = await textOf(await raw('admin', { path: '/apis', headers: { accept } }));
    const { items } = JSON.parse(document) as {
      items: { metadata: { name: string }; versions: { freshness: string; resources: { resource: string }[] }[] }[];
    };
    const group = items.find(({ metadata }) => metadata.name === zooGroup);
    expect(group?.versions[0]).toMatchObject({ freshness: 'Stale', resources: [{ resource: 'animals' }] });
    await zoo.listen();
    await says(`label endpointslice api-1 -n zoo touched=2 --overwrite`);
    await available('True');
    expect(await says('get animals -o name')).toBe('');
  });

  test('says what is wrong with its Service', async () => {
    await says('delete endpointslice api-1 -n zoo');
    await available('False (EndpointsNotFound)');
    await says('apply -f -', JSON.stringify({ ...endpointSlice(zoo.port), endpoints: [] }));
    await available('False (MissingEndpoints)');
    expect(await says(`get apiservice ${apiServiceName} -o jsonpath={.status.conditions[0].message}`)).toBe(
      'endpointslices for service/api in "zoo" have no addresses with port name "https"',
    );
    await says('apply -f -', JSON.stringify(endpointSlice(zoo.port)));
    await available('True');
  });

  test('is not believed with a certificate of somebody else', async () => {
    const other = Buffer.from(server.ca.cert).toString('base64');
    await says('apply -f -', JSON.stringify(apiService({ caBundle: other })));
    await available('False (FailedDiscoveryCheck)');
    await says('apply -f -', JSON.stringify(apiService({ caBundle: null, insecureSkipTLSVerify: true })));
    await available('True');
    await says('apply -f -', JSON.stringify(apiService({ insecureSkipTLSVerify: null })));
    await available('True');
  });
});

describe('objects of another server', () => {
  test('go with their owner', async () => {
    await says('create configmap owner');
    const uid = await says('get configmap owner -o jsonpath={.metadata.uid}');
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }];
    await says('create --validate=false -f -', JSON.stringify(animal('cub', { ownerReferences })));
    await says('delete configmap owner');
    await eventually('the cub is gone', async () => (await says('get animals -o name')) === '');
  });

  test('go with their namespace, which waits for a server that is away', async () => {
    await says('create namespace forest');
    await says('create --validate=false -n forest -f -', JSON.stringify(animal('fox')));
    await zoo.stop();
    await says('label endpointslice api-1 -n zoo touched=3 --overwrite');
    await available('False (FailedDiscoveryCheck)');
    await says('delete namespace forest --wait=false');
    const condition = '{.status.conditions[?(@.type=="NamespaceDeletionDiscoveryFailure")]}';
    const told = await eventually('it says what it waits for', async () => {
      const text = await says(`get namespace forest -o jsonpath=${condition}`);
      return text === '' ? undefined : (JSON.parse(text) as Record<string, string>);
    });
    expect(told).toMatchObject({
      status: 'True',
      reason: 'DiscoveryFailed',
      message:
        'Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: zoo.example.com/v1: stale GroupVersion discovery: zoo.example.com/v1',
    });
    await zoo.listen();
    await says('label endpointslice api-1 -n zoo touched=4 --overwrite');
    await says('wait --for=delete namespace/forest --timeout=60s');
    expect(await says('get animals -A -o name')).toBe('');
  });
});

test('aggregated servers are told whom to believe', async () => {
  const { data } = JSON.parse(
    await says('get configmap -n kube-system extension-apiserver-authentication -o json'),
  ) as { data: Record<string, string> };
  expect(data).toMatchObject({
    'client-ca-file': server.ca.cert,
    'requestheader-allowed-names': '["front-proxy-client"]',
    'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
    'requestheader-group-headers': '["X-Remote-Group"]',
    'requestheader-uid-headers': '["X-Remote-Uid"]',
    'requestheader-username-headers': '["X-Remote-User"]',
  });
  expect(data['requestheader-client-ca-file']).toContain('BEGIN CERTIFICATE');
  expect(await says('get role -n kube-system extension-apiserver-authentication-reader -o name')).toContain('role');
});

test('a group goes with its APIService', async () => {
  await says(`delete apiservice ${apiServiceName}`);
  expect((await raw('admin', { path: `${api}/animals` })).statusCode).toBe(404);
  expect(await says('get --raw /apis')).not.toContain(zooGroup);
  expect(await says('get --raw /openapi/v2')).not.toContain('com.example.zoo');
});
