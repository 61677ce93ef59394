import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { request, Agent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../../support/eventually.ts';
import { runProgram } from '../../support/run-program.ts';
import { TlsWebhook } from '../../support/tls-webhook.ts';
import { startProgram } from '../clients/running-program.ts';
import { ControlPlaneProcess, type Identity } from './control-plane-process.ts';
import { FakeAgent } from './fake-agent.ts';

let server: ControlPlaneProcess;
let backend: HttpServer;
const agent = new FakeAgent();
const caOf = () => server.ca.cert;

const kubectl = (args: readonly string[], input = '') =>
  runProgram('kubectl', args, { env: { KUBECONFIG: server.kubeconfig }, input });
const create = async (object: object, path: string) => {
  const answer = await kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(object));
  expect(answer.stderr).toBe('');
};

beforeAll(async () => {
  server = await ControlPlaneProcess.create('memory');
  await agent.start(server.ca);
  await server.start();
  backend = createServer((incoming, response) =>
    response.end(`backend ${incoming.method} ${incoming.url} ${incoming.headers.authorization ?? 'no credentials'}`),
  );
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: agent.port } },
  };
  await create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status }, '/api/v1/nodes');
  await kubectl(['patch', 'node', 'n1', '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]);
  const pod = (name: string, containers: string[], extra: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { nodeName: 'n1', containers: containers.map((container) => ({ name: container, image: 'i' })), ...extra },
  });
  const pods = '/api/v1/namespaces/default/pods';
  await create(pod('one', ['c']), pods);
  await create(pod('two', ['a', 'b']), pods);
  await create(pod('lost', ['c'], { nodeName: 'gone' }), pods);
  const port = (backend.address() as AddressInfo).port;
  await create(
    { metadata: { name: 'web' }, spec: { ports: [{ name: 'http', port: 80, targetPort: port }] } },
    '/api/v1/namespaces/default/services',
  );
  await create(
    {
      metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
      ports: [{ name: 'http', port, protocol: 'TCP' }],
    },
    '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices',
  );
});
afterAll(async () => {
  backend.close();
  await agent.stop();
  await server.remove();
});

const last = () => agent.seen.at(-1);

describe('logs', () => {
  test('come from the agent, asked with the certificate of the control plane', async () => {
    agent.answer = (_request, response) => response.end('line 1\nline 2\n');
    const answer = await kubectl(['logs', 'one', '--tail', '5', '--since', '1m', '--timestamps']);
    expect(answer).toMatchObject({ code: 0, stdout: 'line 1\nline 2\n' });
    expect(last()).toMatchObject({ user: 'kube-apiserver-kubelet-client' });
    const url = new URL(last()?.url ?? '', 'https://agent');
    expect(url.pathname).toBe('/containerLogs/default/one/c');
    expect(Object.fromEntries(url.searchParams)).toEqual({ tailLines: '5', sinceSeconds: '60', timestamps: 'true' });
  });

  test('are streamed as they come', async () => {
    agent.answer = (_request, response) => {
      response.write('first\n');
    };
    const following = startProgram('kubectl', ['logs', '-f', 'one'], { KUBECONFIG: server.kubeconfig });
    await eventually('the first line comes, although the log goes on', () => following.output() === 'first\n');
    await following.stop();
  });

  test('ask which container is meant, and refuse one that is not there', async () => {
    expect((await kubectl(['get', '--raw', '/api/v1/namespaces/default/pods/two/log'])).stderr).toContain(
      'a container name must be specified for pod two, choose one of: [a b]',
    );
    expect((await kubectl(['logs', 'two', '-c', 'x'])).stderr).toContain('container x is not valid for pod two');
    agent.answer = (_request, response) => response.end('of b');
    expect((await kubectl(['logs', 'two', '-c', 'b'])).stdout).toBe('of b');
  });

  test("pass the agent's refusal on as a Status", async () => {
    agent.answer = (_request, response) => {
      response.statusCode = 400;
      response.end('container "c" in pod "one" is waiting to start: ContainerCreating\n');
    };
    expect((await kubectl(['logs', 'one'])).stderr).toBe(
      'Error from server (BadRequest): container "c" in pod "one" is waiting to start: ContainerCreating\n',
    );
  });

  test.each([
    ['binary.k8s.io', 'line 1\n'],
    ['base64.binary.k8s.io', Buffer.from('line 1\n').toString('base64')],
    [[], 'line 1\n'],
  ])('are messages over a WebSocket, as the protocol %j writes them', async (protocol, message) => {
    agent.answer = (_request, response) => response.end('line 1\n');
    const { socket, messages } = await logSocket('one', protocol);
    await once(socket, 'close');
    expect(messages.join('|')).toBe(`|${message}`);
    expect(last()?.url).toBe('/containerLogs/default/one/c?follow=true');
  });

  test('over a WebSocket are no longer read when the client has left, and refused in words', async () => {
    let reading: IncomingMessage | undefined;
    agent.answer = (incoming, response) => {
      reading = incoming;
      response.write('first\n');
    };
    const { socket } = await logSocket('one', 'binary.k8s.io');
    await once(socket, 'message');
    const left = once(reading?.socket ?? socket, 'close');
    socket.terminate();
    await left;
    await expect(logSocket('two', 'binary.k8s.io')).rejects.toThrow('Unexpected server response: 400');
  });

  test('of a node that cannot be found say so', async () => {
    expect((await kubectl(['logs', 'lost'])).stderr).toContain('nodes "gone" not found');
  });
});

/** Follows a pod's log over a WebSocket; resolves when it is open. */
async function logSocket(pod: string, protocol: string | string[]) {
  const { cert, key } = await server.identity('admin');
  const url = `wss://127.0.0.1:${server.port}/api/v1/namespaces/default/pods/${pod}/log?follow=true`;
  const socket = new WebSocket(url, protocol, { ca: caOf(), cert, key });
  const messages: string[] = [];
  socket.on('message', (piece) => messages.push((piece as Buffer).toString()));
  await once(socket, 'open');
  return { socket, messages };
}

/** Sends an upgrade and gives the head of the answer with the open connection. */
async function upgrade(
  path: string,
  identity: Identity | undefined,
  headers: Record<string, string> = {},
  method = 'POST',
): Promise<{ head: string; socket: TLSSocket }> {
  const socket = connect({ host: '127.0.0.1', port: server.port, ca: caOf(), ...identity });
  await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const lines = Object.entries({ host: 'api', connection: 'Upgrade', upgrade: 'SPDY/3.1', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  let head = '';
  while (!head.includes('\r\n\r\n')) {
    const chunk = await new Promise<Buffer>((resolve, reject) =>
      socket.once('data', resolve).once('close', () => reject(new Error(`closed after ${head}`))),
    );
    head += chunk.toString();
  }
  return { head, socket };
}

describe('terminals and forwarded ports', () => {
  test.each([
    ['exec', '/exec/default/one/c?command=ls&command=-l&stdout=true'],
    ['attach', '/attach/default/one/c?command=ls&command=-l&stdout=true'],
  ])('%s joins the raw connection to the agent', async (subresource, expected) => {
    const admin = await server.identity('admin');
    const { head, socket } = await upgrade(
      `/api/v1/namespaces/default/pods/one/${subresource}?command=ls&command=-l&container=c&stdout=true`,
      admin,
      {
        'x-stream-protocol-version': 'v4.channel.k8s.io',
        authorization: 'Bearer secret',
      },
    );
    expect(head).toContain('101 Switching Protocols');
    expect(last()).toMatchObject({ url: expected, user: 'kube-apiserver-kubelet-client' });
    expect(last()?.headers).toMatchObject({ 'x-stream-protocol-version': 'v4.channel.k8s.io' });
    expect(last()?.headers.authorization).toBeUndefined();
    socket.write('hello');
    const echoed = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    expect(echoed.toString()).toBe('hello');
    socket.destroy();
  });

  test('WebSockets too, without the token that may hide among their protocols', async () => {
    const token = (await kubectl(['create', 'token', 'default'])).stdout.trim();
    await kubectl(['create', 'rolebinding', 'edit', '--clusterrole', 'edit', '--serviceaccount', 'default:default']);
    const bearer = `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;
    const headers = {
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'abc=',
      'sec-websocket-protocol': `${bearer}, v5.channel.k8s.io`,
    };
    const { head, socket } = await upgrade(
      '/api/v1/namespaces/default/pods/one/portforward?ports=80',
      undefined,
      headers,
      'GET',
    );
    expect(head).toContain('Sec-WebSocket-Protocol: v5.channel.k8s.io');
    expect(last()).toMatchObject({ url: '/portForward/default/one?ports=80' });
    expect(last()?.headers['sec-websocket-protocol']).toBe('v5.channel.k8s.io');
    socket.destroy();
  });

  test('are refused to who may not, for what is not there and when the agent is away', async () => {
    await server.writeKubeconfig('alice', ['devs']);
    const path = '/api/v1/namespaces/default/pods/one/exec?command=ls';
    const [alice, admin] = [await server.identity('alice'), await server.identity('admin')];
    const headOf = async (...args: Parameters<typeof upgrade>) => {
      const { head, socket } = await upgrade(...args);
      socket.destroy();
      return head;
    };
    expect(await headOf(path, alice)).toContain('cannot create resource \\"pods/exec\\"');
    expect(await headOf(path, undefined)).toMatch(/^HTTP\/1.1 403 Forbidden/);
    expect(await headOf(path, undefined, { authorization: 'Bearer wrong' })).toMatch(/^HTTP\/1.1 401 Unauthorized/);
    expect(await headOf('/api/v1/namespaces/default/pods/none/exec?command=ls', admin)).toMatch(
      /^HTTP\/1.1 404 Not Found/,
    );
    expect(await headOf('/api/v1/pods', admin)).toMatch(/^HTTP\/1.1 400 Bad Request/);
    await kubectl([
      'patch',
      'node',
      'n1',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":1}}}}',
    ]);
    expect(await headOf(path, admin)).toContain('error trying to reach the node agent at 127.0.0.1:1');
    await kubectl([
      'patch',
      'node',
      'n1',
      '--subresource=status',
      '--type=merge',
      '-p',
      `{"status":{"daemonEndpoints":{"kubeletEndpoint":{"Port":${agent.port}}}}}`,
    ]);
  });
});

describe('proxies', () => {
  test('lead to the agent of a node, with path and query as they came', async () => {
    agent.answer = (incoming, response) => response.end(`agent ${incoming.url}`);
    expect((await kubectl(['get', '--raw', '/api/v1/nodes/n1/proxy/metrics/cadvisor?a=b%2Fc'])).stdout).toBe(
      'agent /metrics/cadvisor?a=b%2Fc',
    );
  });

  test('lead to a ready endpoint of a Service, by port name or number, and keep credentials back', async () => {
    for (const name of ['web', 'web:http', 'web:80', 'http:web:80']) {
      expect(
        (await kubectl(['get', '--raw', `/api/v1/namespaces/default/services/${name}/proxy/x/y?z=1`])).stdout,
      ).toBe('backend GET /x/y?z=1 no credentials');
    }
    expect(
      (await kubectl(['get', '--raw', '/api/v1/namespaces/default/services/web:nothing/proxy/'])).stderr,
    ).toContain('no service port "nothing" found');
  });

  test.each(['DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST', 'PUT'])('pass %s on', async (method) => {
    const { cert, key } = await server.identity('admin');
    const path = '/api/v1/namespaces/default/services/web:http/proxy/x';
    const outgoing = request({ host: '127.0.0.1', port: server.port, path, method, ca: caOf(), cert, key });
    const [answer] = (await once(outgoing.end(), 'response')) as [IncomingMessage];
    expect(await text(answer)).toBe(`backend ${method} /x no credentials`);
  });
});

describe('admission', () => {
  const registration = '/apis/admissionregistration.k8s.io/v1';
  const guard = async (hook: TlsWebhook, kind: 'Validating' | 'Mutating', resources: readonly string[]) => {
    const rules = [{ operations: ['CONNECT'], apiGroups: [''], apiVersions: ['v1'], resources }];
    const webhook = {
      name: 'guard.example.com',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      rules,
      clientConfig: hook.clientConfig(),
    };
    const body = { metadata: { name: 'guard' }, webhooks: [webhook] };
    await create(
      { apiVersion: 'admissionregistration.k8s.io/v1', kind: `${kind}WebhookConfiguration`, ...body },
      `${registration}/${kind.toLowerCase()}webhookconfigurations`,
    );
  };
  const unguard = (kind: string) => kubectl(['delete', `${kind}webhookconfiguration`, 'guard']);
  const pod = '/api/v1/namespaces/default/pods/one';
  let hook: TlsWebhook;
  beforeAll(async () => {
    hook = await TlsWebhook.start();
  });
  afterAll(() => hook.stop());

  test.each([
    [
      'attach',
      `${pod}/attach?container=c&stdin=true&stdout=true`,
      'pods',
      { kind: 'PodAttachOptions', apiVersion: 'v1', container: 'c', stdin: true, stdout: true },
    ],
    [
      'exec',
      `${pod}/exec?command=ls&command=-l&stdout=true`,
      'pods',
      { kind: 'PodExecOptions', command: ['ls', '-l'] },
    ],
    ['portforward', `${pod}/portforward?ports=80`, 'pods', { kind: 'PodPortForwardOptions', ports: [80] }],
  ])('may deny %s', async (subResource, path, resource, object) => {
    hook.asked.length = 0;
    hook.says = () => ({ allowed: false, status: { message: `no ${subResource} today` } });
    await guard(hook, 'Validating', [`pods/${subResource}`]);
    const before = agent.seen.length;
    const { head, socket } = await upgrade(path, await server.identity('admin'));
    socket.destroy();
    expect(head).toContain('403 Forbidden');
    expect(head).toContain(`admission webhook \\"guard.example.com\\" denied the request: no ${subResource} today`);
    expect(agent.seen.length).toBe(before);
    expect(hook.asked[0]?.review.request).toMatchObject({
      operation: 'CONNECT',
      kind: { group: '', version: 'v1', kind: object.kind },
      resource: { resource },
      subResource,
      name: 'one',
      namespace: 'default',
      object,
      oldObject: null,
    });
    expect(hook.asked[0]?.review.request['object']).not.toHaveProperty('metadata');
    await unguard('validating');
    const { head: joined, socket: open } = await upgrade(path, await server.identity('admin'));
    open.destroy();
    expect(joined).toContain('101 Switching Protocols');
  });

  test('may deny proxies, and kubectl says so', async () => {
    hook.says = () => ({ allowed: false, status: { message: 'no way through' } });
    await guard(hook, 'Validating', ['services/proxy', 'nodes/proxy']);
    const through = await kubectl(['get', '--raw', '/api/v1/namespaces/default/services/web:http/proxy/a/b']);
    expect(through.stderr).toContain('no way through');
    expect(hook.asked.at(-1)?.review.request).toMatchObject({
      kind: { kind: 'ServiceProxyOptions' },
      name: 'web:http',
      object: { path: '/a/b' },
    });
    expect((await kubectl(['get', '--raw', '/api/v1/nodes/n1/proxy/healthz'])).stderr).toContain('no way through');
    await unguard('validating');
  });

  test('may change what is asked for', async () => {
    hook.says = () => ({
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from('[{"op":"replace","path":"/command","value":["true"]}]').toString('base64'),
    });
    await guard(hook, 'Mutating', ['pods/exec']);
    const { socket } = await upgrade(`${pod}/exec?command=rm&stdout=true`, await server.identity('admin'));
    socket.destroy();
    expect(last()).toMatchObject({ url: '/exec/default/one/c?stdout=true&command=true' });
    await unguard('mutating');
  });

  test('asks policies too', async () => {
    await create(
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: 'no-shells' },
        spec: {
          matchConstraints: {
            resourceRules: [
              { operations: ['CONNECT'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods/exec'] },
            ],
          },
          validations: [{ expression: 'object.command[0] != "sh"', message: 'no shells' }],
        },
      },
      `${registration}/validatingadmissionpolicies`,
    );
    await create(
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: 'no-shells' },
        spec: { policyName: 'no-shells', validationActions: ['Deny'] },
      },
      `${registration}/validatingadmissionpolicybindings`,
    );
    const { head, socket } = await upgrade(`${pod}/exec?command=sh`, await server.identity('admin'));
    socket.destroy();
    expect(head).toContain('no shells');
    const { head: other, socket: open } = await upgrade(`${pod}/exec?command=ls`, await server.identity('admin'));
    open.destroy();
    expect(other).toContain('101 Switching Protocols');
  });
});

test('a client certificate counts also when the TLS session is resumed', async () => {
  const identity = await server.identity('admin');
  const httpsAgent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
  const ask = () =>
    new Promise<{ status: number | undefined; resumed: boolean }>((resolve, reject) => {
      const asking = request(
        { host: '127.0.0.1', port: server.port, path: '/api/v1/nodes', ca: caOf(), ...identity, agent: httpsAgent },
        (answer) => {
          const resumed = (answer.socket as TLSSocket).isSessionReused();
          answer.resume().once('end', () => resolve({ status: answer.statusCode, resumed }));
        },
      );
      asking.once('error', reject).end();
    });
  expect(await ask()).toEqual({ status: 200, resumed: false });
  expect(await ask()).toEqual({ status: 200, resumed: true });
});
