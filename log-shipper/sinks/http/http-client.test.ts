import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { SystemClock } from '../../../lib/clock.ts';
import { createCa, issueCertificate, type KeyPair } from '../../../lib/pki.ts';
import type { ConnectionConfig } from './connection-files.ts';
import { HttpClient } from './http-client.ts';

const clock = new SystemClock();
const { signal } = new AbortController();
const nowMs = Date.now();
let ca: KeyPair;
let otherCa: KeyPair;
let serving: KeyPair;
beforeAll(async () => {
  [ca, otherCa] = await Promise.all([createCa('one', nowMs), createCa('other', nowMs)]);
  serving = await issueCertificate(ca, { commonName: 'store', dnsNames: ['store.svc'], usages: ['server'], nowMs });
});

let dir: string;
const ends: (() => void)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vigil-http-'));
});
afterEach(() => {
  for (const end of ends.splice(0)) end();
  rmSync(dir, { recursive: true, force: true });
});

let written = 0;
/** Writes a file whose change shows, however coarse the file system's clock. */
function write(name: string, content: string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  written++;
  utimesSync(path, written, written);
  return path;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const plain = async (listener: RequestListener) => `http://${await listen(createPlainServer(listener))}`;
const secure = async (options: object, listener: RequestListener) =>
  `https://${await listen(createServer({ cert: serving.cert, key: serving.key, ...options }, listener))}`;

function clientOf(config: Omit<ConnectionConfig, 'name'>): HttpClient {
  const client = new HttpClient({ name: 'store', ...config }, clock);
  ends.push(() => client.close());
  return client;
}

const get = (client: HttpClient) => client.request({ method: 'GET', path: '/' }, signal);

/** Lets in who shows this `Authorization`. */
const only =
  (authorization: string): RequestListener =>
  (request, response) => {
    response.statusCode = request.headers.authorization === authorization ? 200 : 401;
    response.end();
  };

test.each([
  ['an API key', 'ApiKey a2V5', () => ({ apiKeyFile: write('secret', 'a2V5\n') })],
  ['a bearer token', 'Bearer a.b.c', () => ({ bearerTokenFile: write('secret', 'a.b.c') })],
  ['a password', `Basic ${btoa('vigil:p w')}`, () => ({ username: 'vigil', passwordFile: write('secret', 'p w\n') })],
])('%s is taken from its file, and taken again when the file is corrected', async (_name, header, config) => {
  const url = await plain(only(header));
  const client = clientOf({ url, ...config() });
  // Files are read with the first request.
  write('secret', 'wrong');
  expect((await get(client)).status).toBe(401);
  expect(client.hint(401)).toContain(join(dir, 'secret'));
  config();
  expect((await get(client)).status).toBe(200);
  expect(client.hint(200)).toBe('');
});

test('a file that is missing or holds more than a secret is named, its content is not', async () => {
  const url = await plain(only('ApiKey k'));
  const path = join(dir, 'key');
  const client = clientOf({ url, apiKeyFile: path });
  await expect(get(client)).rejects.toThrow(`apiKeyFile ${path} cannot be read`);
  write('key', 'sesame\r\nx-evil: 1');
  await expect(get(client)).rejects.toThrow(`apiKeyFile ${path} is empty or holds more than one word`);
  await expect(get(client)).rejects.not.toThrow('sesame');
  write('key', 'k');
  expect((await get(client)).status).toBe(200);
});

test('a server of another authority is refused with the file to look at, until that is corrected', async () => {
  const url = await secure({}, (_request, response) => response.end('hello'));
  const caCert = write('ca.crt', otherCa.cert);
  const client = clientOf({ url, serverName: 'store.svc', caCert });
  await expect(get(client)).rejects.toThrow(`caCert ${caCert}`);
  write('ca.crt', 'no certificate');
  await expect(get(client)).rejects.toThrow(`caCert ${caCert} holds no certificate`);
  write('ca.crt', ca.cert);
  expect((await get(client)).body.toString()).toBe('hello');
  await expect(get(clientOf({ url, serverName: 'another.svc', caCert }))).rejects.toThrow(/another\.svc/);
});

test('a client certificate is shown, and the renewed one after it', async () => {
  const issue = (commonName: string) => issueCertificate(ca, { commonName, usages: ['client'], nowMs });
  const [first, second] = [await issue('first'), await issue('second')];
  const url = await secure({ ca: ca.cert, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    response.end((request.socket as TLSSocket).getPeerCertificate().subject.CN);
  });
  const caCert = write('ca.crt', ca.cert);
  const config = { url, serverName: 'store.svc', caCert };
  await expect(get(clientOf(config))).rejects.toThrow(/.+/);
  const pair = { clientCert: write('tls.crt', first.cert), clientKey: write('tls.key', first.key) };
  const client = clientOf({ ...config, ...pair });
  expect((await get(client)).body.toString()).toBe('first');
  const renewed = clientOf({ ...config, ...pair });
  write('tls.key', second.key);
  // Only half of the new pair is there.
  await expect(get(renewed)).rejects.toThrow(`clientCert ${pair.clientCert}`);
  write('tls.crt', second.cert);
  expect((await get(renewed)).body.toString()).toBe('second');
});

test('an answer that breaks off is no answer, and how long to wait is passed on', async () => {
  let requests = 0;
  const url = await plain((request, response) => {
    requests++;
    if (requests === 1) {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    } else response.writeHead(503, { 'retry-after': '7' }).end('later');
  });
  const client = clientOf({ url });
  await expect(get(client)).rejects.toThrow(/.+/);
  expect(await get(client)).toMatchObject({ status: 503, retryAfterMs: 7_000 });
});
