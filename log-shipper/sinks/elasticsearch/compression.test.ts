import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { SystemClock } from '../../../lib/clock.ts';
import { HttpClient } from '../http/http-client.ts';
import { supportedCompression } from './compression.ts';

let server: Server | undefined;
afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

/** Answers a question in zstd with a status, or closes the connection; others are answered with 200 while it is up. */
async function agreedWith(zstd: number | 'closes', isUp = true): Promise<string> {
  server = createServer((request, response) => {
    request.resume();
    const status = request.headers['content-encoding'] === 'zstd' ? zstd : isUp ? 200 : 'closes';
    if (status === 'closes') request.socket.destroy();
    else response.writeHead(status).end('{}');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const client = new HttpClient(
    { name: 'store', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    new SystemClock(),
  );
  try {
    return await supportedCompression(client, 'zstd', AbortSignal.timeout(5_000));
  } finally {
    client.close();
  }
}

test.each([
  ['understands it', 200, 'zstd'],
  ['calls it malformed', 400, 'gzip'],
  ['does not take it', 415, 'gzip'],
  ['lets this user not count', 403, 'zstd'],
  ['closes the connection on it, as OpenSearch 2 does', 'closes', 'gzip'],
] as const)('a server that %s', async (_name, zstd, agreed) => {
  expect(await agreedWith(zstd)).toBe(agreed);
});

test('a server that is away says nothing about compression', async () => {
  await expect(agreedWith('closes', false)).rejects.toThrow(/socket hang up|ECONNRESET/);
});
