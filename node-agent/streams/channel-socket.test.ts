import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../../test/contract/agentnet/eventually.ts';
import { ChannelSocket, type ChannelCodec } from './channel-socket.ts';
import { acceptWebSocket } from './upgrade.ts';

let server: Server;
let client: WebSocket;
let messages: Buffer[];

/** A pair of ends over a real socket. */
async function connect(codec: ChannelCodec = 'binary'): Promise<ChannelSocket> {
  const { port } = server.address() as AddressInfo;
  const accepted = new Promise<WebSocket>((resolve) => {
    server.once('upgrade', (request, socket, head) => {
      void acceptWebSocket({ request, socket, head }, 'test').then(resolve);
    });
  });
  client = new WebSocket(`ws://127.0.0.1:${port}/`, 'test');
  messages = [];
  client.on('error', () => {});
  client.on('message', (data) => messages.push(data as Buffer));
  const socket = await accepted;
  if (client.readyState !== client.OPEN) await once(client, 'open');
  return new ChannelSocket(socket, codec, [0, 1, 2]);
}

beforeEach(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  client.terminate();
  server.closeAllConnections();
  server.close();
});

describe('channels over one socket', () => {
  test('keep their data apart, both ways', async () => {
    const channels = await connect();
    let received = '';
    channels.channel(0).on('data', (chunk: Buffer) => (received += chunk.toString()));
    client.send(Buffer.from('\0in'));
    client.send(Buffer.from('\x07nobody'));
    await eventually(() => received).toBe('in');
    channels.channel(1).write('out');
    channels.channel(2).write('err');
    await eventually(() => messages.map(String)).toEqual(['\x01out', '\x02err']);
  });

  test('one is closed by the client while the others go on', async () => {
    const channels = await connect();
    const ended = once(channels.channel(0).resume(), 'end');
    client.send(Buffer.from([255, 0]));
    await ended;
    channels.channel(1).write('still here');
    await eventually(() => messages.map(String)).toEqual(['\x01still here']);
  });

  test('long writes are cut into messages that clients can hold', async () => {
    const channels = await connect();
    channels.channel(1).write(Buffer.alloc(100_000, 'x'));
    await eventually(() => messages.reduce((sum, message) => sum + message.length - 1, 0)).toBe(100_000);
    expect(Math.max(...messages.map((message) => message.length))).toBeLessThanOrEqual(32 * 1024 + 1);
  });

  test('text-only clients get base64', async () => {
    const channels = await connect('base64');
    let received = '';
    channels.channel(0).on('data', (chunk: Buffer) => (received += chunk.toString()));
    client.send(`0${Buffer.from('in').toString('base64')}`);
    client.send('x');
    await eventually(() => received).toBe('in');
    channels.channel(1).write('out');
    await eventually(() => messages.map(String)).toEqual([`1${Buffer.from('out').toString('base64')}`]);
  });

  test('a reader that does not keep up stops the client, and lets it go on later', async () => {
    const channels = await connect();
    const message = Buffer.concat([Buffer.from([0]), Buffer.alloc(64 * 1024)]);
    const total = 400;
    for (let count = 0; count < total; count++) client.send(message);
    await eventually(() => channels.channel(0).readableLength).toBeGreaterThan(0);
    expect(channels.channel(0).readableLength).toBeLessThan(1024 * 1024);
    let sizeBytes = 0;
    channels.channel(0).on('data', (chunk: Buffer) => (sizeBytes += chunk.length));
    await eventually(() => sizeBytes).toBe(total * 64 * 1024);
  });

  test('all end when the client leaves', async () => {
    const channels = await connect();
    client.terminate();
    await eventually(() => channels.channel(1).destroyed).toBe(true);
    await expect(new Promise((resolve) => channels.channel(1).write('x', resolve))).resolves.toBeInstanceOf(Error);
  });
});
