import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { PassThrough, duplexPair, type Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../test/contract/agentnet/eventually.ts';
import { FakeClock, SystemClock } from '../../lib/clock.ts';
import { NamespacePodDialer, type PodDialer } from './pod-dialer.ts';
import { forward, parsePort, type ForwardTarget } from './port-forward.ts';

/** Connects to this process instead of to a pod, or fails as told. */
class LocalDialer implements PodDialer {
  failure: Error | undefined;

  async dial(_target: unknown, port: number): Promise<Socket> {
    if (this.failure) throw this.failure;
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  }
}

let server: Server;
let dialer: LocalDialer;
let serve: (socket: Socket) => void;
const never = new AbortController().signal;

beforeEach(async () => {
  dialer = new LocalDialer();
  server = createServer({ allowHalfOpen: true }, (socket) => serve(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => server.close());

function start(signal = never): { client: Duplex; errors: () => string; done: Promise<void> } {
  const [client, far] = duplexPair();
  const error = new PassThrough();
  let text = '';
  error.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const target: ForwardTarget = {
    network: { podIP: '127.0.0.1', hostNetwork: false, pid: 1 },
    dialer,
    pod: 'default/web',
  };
  const { port } = server.address() as AddressInfo;
  return { client, errors: () => text, done: forward(target, port, far, error, signal) };
}

function read(stream: Duplex): Promise<string> {
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return once(stream, 'end').then(() => text);
}

describe('a forwarded connection', () => {
  test('keeps half-closes: the pod sees the end of input and still answers', async () => {
    serve = (socket) => {
      void read(socket).then((text) => socket.end(`got ${text}`));
    };
    const { client, done, errors } = start();
    client.end('question');
    expect(await read(client)).toBe('got question');
    await done;
    expect(errors()).toBe('');
  });

  test('ends when the pod ends it, although the client has not', async () => {
    serve = (socket) => socket.end('bye');
    const { client, done } = start();
    client.write('anybody there?');
    expect(await read(client)).toBe('bye');
    await done;
  });

  test('ends at the pod when the client has gone', async () => {
    let atPod: Socket | undefined;
    serve = (socket) => {
      atPod = socket;
      socket.resume();
    };
    const gone = new AbortController();
    const { done } = start(gone.signal);
    await eventually(() => atPod).toBeDefined();
    gone.abort(new Error('gone'));
    await done;
    await eventually(() => atPod?.readableEnded).toBe(true);
    atPod?.destroy();
  });

  test('says on the error stream why the pod cannot be reached', async () => {
    dialer.failure = new Error('connection refused');
    const { client, done, errors } = start();
    client.resume();
    await done;
    expect(errors()).toMatch(/^error forwarding port \d+ to pod default\/web: connection refused$/);
  });
});

describe('ports', () => {
  test.each(['', '0', '65536', '-1', '80 ', '8e1', 'http', undefined])('%j is none', (text) => {
    expect(parsePort(text)).toBeUndefined();
  });

  test('are numbers from 1 to 65535', () => {
    expect([parsePort('1'), parsePort('65535')]).toEqual([1, 65_535]);
  });
});

describe('dialling a pod', () => {
  test('goes to its address, or to loopback for pods on the network of the host', async () => {
    serve = (socket) => socket.end();
    const { port } = server.address() as AddressInfo;
    for (const hostNetwork of [false, true]) {
      const podIP = hostNetwork ? '192.0.2.1' : '127.0.0.1';
      const socket = await new NamespacePodDialer(new SystemClock()).dial({ podIP, hostNetwork, pid: 0 }, port, never);
      expect(socket.remotePort).toBe(port);
      socket.destroy();
    }
  });

  test('gives up after five seconds, and at once when the client has gone', async () => {
    const clock = new FakeClock();
    // An address for documentation: nothing answers there.
    const target = { podIP: '192.0.2.1', hostNetwork: false, pid: 0 };
    const dialled = new NamespacePodDialer(clock).dial(target, 9, never);
    const outcome = expect(dialled).rejects.toMatchObject({ code: 'POD_UNREACHABLE' });
    await clock.advance(5_000);
    await outcome;
    await expect(new NamespacePodDialer(clock).dial(target, 9, AbortSignal.abort(new Error('gone')))).rejects.toThrow(
      'gone',
    );
  });

  test('fails when the port is closed and there is no sandbox to look into', async () => {
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    await expect(
      new NamespacePodDialer(new SystemClock()).dial({ podIP: '127.0.0.1', hostNetwork: false, pid: 0 }, port, never),
    ).rejects.toMatchObject({ code: 'POD_UNREACHABLE' });
    server.listen(0);
  });
});
