import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeApiError } from '../../lib/kube/client.ts';
import { readBody } from './read-body.ts';

const MAX_BYTES = 10;

describe('the body of a request', () => {
  let server: Server;
  let socket: Socket;
  let outcome: Promise<Buffer | Error>;

  beforeEach(async () => {
    server = createServer();
    outcome = new Promise((resolve) => {
      server.on('request', (request) =>
        readBody(request, MAX_BYTES, (error, body) => resolve(error ?? (body as Buffer))),
      );
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
  });
  afterEach(async () => {
    socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const send = (headers: string, body: string) =>
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n${body}`);

  test('is read whole', async () => {
    send('content-length: 5', '12345');
    expect(String(await outcome)).toBe('12345');
  });

  test('that says that it is too large is refused before it comes', async () => {
    send('content-length: 11', '');
    expect(((await outcome) as KubeApiError).httpStatus).toBe(413);
  });

  test('that turns out to be too large is refused where it does', async () => {
    send('transfer-encoding: chunked', '6\r\n123456\r\n5\r\n12345\r\n');
    expect(((await outcome) as KubeApiError).httpStatus).toBe(413);
  });

  test('that breaks off is the client’s fault', async () => {
    send('content-length: 5', '123');
    await once(server, 'request');
    socket.destroy();
    expect(((await outcome) as KubeApiError).httpStatus).toBe(400);
  });
});
