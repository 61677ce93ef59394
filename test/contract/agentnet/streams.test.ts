import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { join } from 'node:path';
import { Exec, KubeConfig, PortForward, type V1Status } from '@kubernetes/client-node';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { SystemClock } from '../../../lib/clock.ts';
import { VigilError } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { DockerEndpoint } from '../../../node-agent/streams/docker-endpoint.ts';
import { NamespacePodDialer } from '../../../node-agent/streams/pod-dialer.ts';
import { StreamServer } from '../../../node-agent/streams/stream-server.ts';
import { dockerHost, ensureImage, output, removeContainers, startContainer } from './engine.ts';

const docker = new DockerEndpoint(dockerHost);
const ids = new Map<string, string>();
const folder = mkdtempSync(join(tmpdir(), 'agentnet-streams-'));
const children = new Set<ChildProcess>();
let server: Server;
/** Echoes; stands for a pod's server that takes many connections at once, which busybox has none of. */
const echo = createTcpServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}).pipe(socket));
let podIP = '';
let pid = 0;

interface Result {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs the machine's kubectl against the test's server. */
function kubectl(
  args: readonly string[],
  options: { input?: Buffer | string; env?: Record<string, string> } = {},
): Promise<Result> {
  const { port } = server.address() as AddressInfo;
  const child = spawn('kubectl', [`--server=http://127.0.0.1:${port}`, '--kubeconfig=/dev/null', ...args], {
    env: { ...process.env, ...options.env },
  });
  children.add(child);
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => {});
  if (options.input !== undefined) child.stdin.end(options.input);
  else child.stdin.end();
  return new Promise((resolve) =>
    child.on('close', (code) => {
      children.delete(child);
      resolve({ code, stdout: Buffer.concat(stdout), stderr });
    }),
  );
}

/** Starts `kubectl port-forward` and resolves with the local port. */
async function portForward(
  remotePort: number,
  env: Record<string, string> = {},
  pod = 'main',
): Promise<{ port: number; stop: () => void; stderr: () => string }> {
  const { port } = server.address() as AddressInfo;
  const child = spawn(
    'kubectl',
    [`--server=http://127.0.0.1:${port}`, '--kubeconfig=/dev/null', 'port-forward', `pod/${pod}`, `:${remotePort}`],
    { env: { ...process.env, ...env } },
  );
  children.add(child);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const local = await new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const match = /127\.0\.0\.1:(\d+) ->/.exec(chunk.toString());
      if (match) resolve(Number(match[1]));
    });
    child.on('close', () => reject(new Error(stderr)));
  });
  return {
    port: local,
    stderr: () => stderr,
    stop: () => {
      child.kill('SIGKILL');
      children.delete(child);
    },
  };
}

/** Sends `input`, half-closes, and resolves with everything that comes back. */
function talk(port: number, input: Buffer | string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true }, () => socket.end(input));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => resolve(Buffer.concat(chunks)));
    socket.on('error', reject);
  });
}

/** As much of discovery as kubectl needs to know what a pod is. */
const discovery: Readonly<Record<string, object>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [
      { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get'], shortNames: ['po'] },
    ],
  },
};

function podOf(name: string) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'x', stdin: name === 'reader', tty: false }], nodeName: 'n' },
    status: { phase: 'Running', podIP },
  };
}

beforeAll(async () => {
  await ensureImage();
  const script =
    'nc -ll -p 7000 -e /bin/cat & mkdir /tmp/w; echo loopback only > /tmp/w/index.html; httpd -p 127.0.0.1:7001 -h /tmp/w; while :; do sleep 1; done';
  ids.set('main', await startContainer('main', ['--init'], ['/bin/sh', '-c', script]));
  ids.set(
    'reader',
    await startContainer(
      'reader',
      ['-i'],
      ['/bin/sh', '-c', 'while read line; do case "$line" in later*) sleep 1;; esac; echo "got $line"; done'],
    ),
  );
  const [state] = JSON.parse(await output('docker', 'inspect', ids.get('main') ?? '')) as [
    { State: { Pid: number }; NetworkSettings: { IPAddress: string } },
  ];
  podIP = state.NetworkSettings.IPAddress;
  pid = state.State.Pid;
  const clock = new SystemClock();
  const streams = new StreamServer({
    docker,
    clock,
    dialer: new NamespacePodDialer(clock),
    log: silentLog,
    kill: (child) => process.kill(child, 'SIGKILL'),
    targets: {
      async container(_namespace, pod) {
        const containerId = ids.get(pod);
        if (!containerId) throw new VigilError('STREAM_TARGET_NOT_FOUND', 'notFound', `pod ${pod} is not on this node`);
        return { containerId, tty: false, stdin: pod === 'reader', stdinOnce: false };
      },
      async network(_namespace, pod) {
        if (pod === 'echo') return { podIP: '127.0.0.1', hostNetwork: false, pid };
        return { podIP, hostNetwork: false, pid };
      },
    },
  });
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://test');
    const pod = /^\/api\/v1\/namespaces\/default\/pods\/([a-z]+)$/.exec(pathname)?.[1];
    const answer = pod === undefined ? discovery[pathname] : podOf(pod);
    response.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(answer ?? { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 404 }));
  });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://test');
    const [, , , , , , pod = '', action] = url.pathname.split('/');
    const where = { namespace: 'default', pod, query: url.searchParams };
    const upgrade = { request, socket, head };
    if (action === 'exec') void streams.exec(upgrade, where);
    else if (action === 'attach') void streams.attach(upgrade, where);
    else void streams.portForward(upgrade, where);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  echo.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
  await removeContainers();
});

describe.each([
  ['WebSocket', {}],
  ['SPDY/3.1', { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' }],
])('kubectl over %s', (_name, env) => {
  test('exec prints standard output and standard error apart', async () => {
    const result = await kubectl(['exec', 'main', '--', 'sh', '-c', 'echo out; echo err >&2'], { env });
    expect(result).toMatchObject({ code: 0, stderr: 'err\n' });
    expect(result.stdout.toString()).toBe('out\n');
  });

  test('exec ends with the exit code of the command', async () => {
    const result = await kubectl(['exec', 'main', '--', 'sh', '-c', 'exit 37'], { env });
    expect(result.code).toBe(37);
    expect(result.stderr).toContain('command terminated with exit code 37');
  });

  test('the end of standard input reaches the command, whose output still comes back whole', async () => {
    const input = randomBytes(5_000_000);
    const result = await kubectl(['exec', '-i', 'main', '--', 'cat'], { env, input });
    expect(result.code).toBe(0);
    expect(result.stdout.equals(input)).toBe(true);
  });

  test('cp brings a file into a container and back unchanged', async () => {
    const content = randomBytes(3_000_000);
    const [there, back] = [join(folder, 'there'), join(folder, 'back')];
    writeFileSync(there, content);
    expect(await kubectl(['cp', there, 'default/main:/tmp/copied'], { env })).toMatchObject({ code: 0 });
    expect(await kubectl(['cp', 'default/main:/tmp/copied', back], { env })).toMatchObject({ code: 0 });
    expect(readFileSync(back).equals(content)).toBe(true);
  });

  // Nobody else's input ends with this client's, so output goes on after its end.
  test.each([
    ['whose input stays open', '', false],
    ['whose input has ended', 'later ', true],
  ])('attach joins the main process to a client %s', async (_what, word, endsInput) => {
    const { port } = server.address() as AddressInfo;
    const child = spawn(
      'kubectl',
      [`--server=http://127.0.0.1:${port}`, '--kubeconfig=/dev/null', 'attach', '-i', 'reader'],
      { env: { ...process.env, ...env } },
    );
    children.add(child);
    const answered = new Promise<string>((resolve) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('got')) resolve(text);
      });
      child.stdout.on('close', () => resolve(text));
    });
    child.stdin.write(`${word}from ${_name}\n`);
    if (endsInput) child.stdin.end();
    expect(await answered).toContain(`got ${word}from ${_name}`);
    child.kill('SIGKILL');
  });

  test('a pod that is not there is named in the error', async () => {
    const result = await kubectl(['exec', 'absent', '--', 'true'], { env });
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain('pod absent is not on this node');
  });

  test('port-forward carries many connections at once, each half-closed by the client', async () => {
    const forwarded = await portForward((echo.address() as AddressInfo).port, env, 'echo');
    const inputs = Array.from({ length: 8 }, () => randomBytes(300_000));
    const answers = await Promise.all(inputs.map((input) => talk(forwarded.port, input)));
    const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(answers.map(digest)).toEqual(inputs.map(digest));
    forwarded.stop();
  });

  test('port-forward reaches a server that listens only on the loopback of the pod', async () => {
    const forwarded = await portForward(7001, env);
    expect((await talk(forwarded.port, 'GET / HTTP/1.0\r\n\r\n')).toString()).toContain('loopback only');
    forwarded.stop();
  });

  test('port-forward says why a port cannot be reached', async () => {
    const forwarded = await portForward(7999, env);
    expect((await talk(forwarded.port, 'x').catch(() => Buffer.alloc(0))).length).toBe(0);
    await eventually(forwarded.stderr).toContain('error forwarding port 7999 to pod default/main');
    forwarded.stop();
  });
});

describe('other clients', () => {
  const config = () => {
    const { port } = server.address() as AddressInfo;
    const kube = new KubeConfig();
    kube.loadFromClusterAndUser(
      { name: 'test', server: `http://127.0.0.1:${port}`, skipTLSVerify: true },
      { name: 'test' },
    );
    return kube;
  };

  /** Opens exec as a browser would, with the subprotocol given. */
  const openExec = (protocol: string, query: string) => {
    const { port } = server.address() as AddressInfo;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/namespaces/default/pods/main/exec?${query}`, protocol);
    const messages: Buffer[] = [];
    socket.on('message', (data) => messages.push(data as Buffer));
    socket.on('error', () => {});
    const text = (channel: number) =>
      Buffer.concat(
        messages.filter((message) => message[0] === channel).map((message) => message.subarray(1)),
      ).toString();
    return { socket, text, closed: new Promise<void>((resolve) => socket.on('close', () => resolve())) };
  };

  test('the client library of Node forwards a port over v4 channels', async () => {
    const [input, received] = [new PassThrough(), new PassThrough()];
    const socket = await new PortForward(config()).portForward('default', 'main', [7000], received, null, input);
    const content = randomBytes(200_000);
    const chunks: Buffer[] = [];
    received.on('data', (chunk: Buffer) => chunks.push(chunk));
    input.write(content);
    await eventually(() => Buffer.concat(chunks).length).toBe(content.length);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    ('close' in socket ? socket : socket())?.close();
  });

  test('the client library of Node learns the exit code', async () => {
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(config())
        .exec('default', 'main', 'c', ['sh', '-c', 'exit 5'], new PassThrough(), null, null, false, resolve)
        .catch(reject);
    });
    expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode' });
    expect(status.details?.causes).toMatchObject([{ reason: 'ExitCode', message: '5' }]);
  });

  test('a terminal has the size that the client gave, from the start and after a change', async () => {
    const { socket, text } = openExec('v5.channel.k8s.io', 'command=sh&stdin=true&stdout=true&tty=true');
    await new Promise((resolve) => socket.on('open', resolve));
    socket.send(Buffer.concat([Buffer.from([4]), Buffer.from('{"Width":101,"Height":41}\n')]));
    await eventually(() => {
      socket.send(Buffer.concat([Buffer.from([0]), Buffer.from('stty size\n')]));
      return text(1);
    }).toContain('41 101');
    socket.send(Buffer.concat([Buffer.from([4]), Buffer.from('{"Width":55,"Height":22}\n')]));
    await eventually(() => {
      socket.send(Buffer.concat([Buffer.from([0]), Buffer.from('stty size\n')]));
      return text(1);
    }).toContain('22 55');
    socket.send(Buffer.concat([Buffer.from([0]), Buffer.from('exit 4\n')]));
    await eventually(() => text(3)).toContain('"ExitCode"');
  });

  test('a client without binary messages gets base64', async () => {
    const { port } = server.address() as AddressInfo;
    const query = 'command=echo&command=hello&stdout=true';
    const socket = new WebSocket(
      `ws://127.0.0.1:${port}/api/v1/namespaces/default/pods/main/exec?${query}`,
      'v4.base64.channel.k8s.io',
    );
    let text = '';
    socket.on('message', (data) => {
      const message = (data as Buffer).toString();
      if (message.startsWith('1')) text += Buffer.from(message.slice(1), 'base64').toString();
    });
    await new Promise((resolve) => socket.on('close', resolve));
    expect(text).toBe('hello\n');
  });

  test('the command of a client that left is ended', async () => {
    const { socket, text } = openExec(
      'v4.channel.k8s.io',
      'command=sh&command=-c&command=echo%20up;%20sleep%20987&stdout=true',
    );
    await eventually(() => text(1)).toContain('up');
    expect(await output('docker', 'top', ids.get('main') ?? '')).toContain('sleep 987');
    socket.terminate();
    await eventually(() => output('docker', 'top', ids.get('main') ?? '')).not.toContain('sh -c echo up');
  });

  test('a request that makes no sense is refused before the upgrade', async () => {
    const { port } = server.address() as AddressInfo;
    const answer = (path: string, headers: Record<string, string>) =>
      new Promise<{ code: number | undefined; body: string }>((resolve, reject) => {
        const url = `http://127.0.0.1:${port}/api/v1/namespaces/default/pods/main/${path}`;
        get(url, { headers: { Connection: 'Upgrade', ...headers } }, (response) => {
          let body = '';
          response.on('data', (chunk: Buffer) => (body += chunk.toString()));
          response.on('end', () => resolve({ code: response.statusCode, body }));
        }).on('error', reject);
      });
    const spdy = { Upgrade: 'SPDY/3.1' };
    expect(await answer('exec?command=true', spdy)).toMatchObject({ code: 400 });
    expect((await answer('exec?stdout=true', spdy)).body).toContain('you must specify a command');
    expect((await answer('exec?command=true&stdout=true', spdy)).body).toContain('unable to negotiate protocol');
    expect((await answer('exec?command=true&stdout=true', { Upgrade: 'h2c' })).body).toContain('upgrade to WebSocket');
  });
});
