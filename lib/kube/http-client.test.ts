import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SystemClock } from '../clock.ts';
import { createCa, issueCertificate, type KeyPair } from '../pki.ts';
import { HttpKubeClient } from './http-client.ts';
import { linesOf } from './json-lines.ts';
import { configMaps, namespaces } from './resources.ts';

const clock = new SystemClock();
const never = new AbortController().signal;

let ca: KeyPair;
let server: Server;
let options: ConstructorParameters<typeof HttpKubeClient>[0];
let client: HttpKubeClient;
let asked: { method: string; url: string; contentType: string | undefined; user: string | undefined; body: string }[] =
  [];
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};

beforeAll(async () => {
  const nowMs = clock.now();
  ca = await createCa('test-ca', nowMs);
  const serving = await issueCertificate(ca, {
    commonName: 's',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    nowMs,
  });
  const user = await issueCertificate(ca, {
    commonName: 'alice',
    organizations: ['a', 'b'],
    usages: ['client'],
    nowMs,
  });
  server = createServer(
    { cert: serving.cert, key: serving.key, ca: ca.cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const peer = (
          request.socket as unknown as { getPeerCertificate(): { subject?: { CN?: string } } }
        ).getPeerCertificate();
        asked.push({
          method: request.method ?? '',
          url: request.url ?? '',
          contentType: request.headers['content-type'],
          user: peer?.subject?.CN,
          body: Buffer.concat(chunks).toString(),
        });
        response.setHeader('content-type', 'application/json');
        answer(request, response);
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  options = { server: `https://127.0.0.1:${port}`, ca: ca.cert, cert: user.cert, key: user.key, clock };
  client = new HttpKubeClient(options);
});

afterAll(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  asked = [];
  answer = (_request, response) => response.end('{"metadata":{"name":"x"}}');
});

describe('HttpKubeClient', () => {
  it('asks under the paths of the API, as the user of its certificate', async () => {
    const key = { namespace: 'n', name: 'a' };
    await client.get(configMaps, key);
    await client.list(configMaps, { labelSelector: 'a=b,c', limit: 5 });
    await client.list(namespaces);
    await client.create(configMaps, { metadata: { namespace: 'n', name: 'a' } }, { dryRun: true, fieldManager: 'm' });
    await client.update(configMaps, { metadata: { namespace: 'n', name: 'a' } }, { subresource: 'status' });
    await client.patch(configMaps, key, 'apply', { data: {} }, { force: true, fieldManager: 'm' });
    await client.delete(configMaps, key, { gracePeriodSeconds: 0 });
    await client.deleteCollection(configMaps, { namespace: 'n', fieldSelector: 'metadata.name=a' });
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /api/v1/namespaces/n/configmaps/a',
      'GET /api/v1/configmaps?labelSelector=a%3Db%2Cc&limit=5',
      'GET /api/v1/namespaces',
      'POST /api/v1/namespaces/n/configmaps?fieldManager=m&dryRun=All',
      'PUT /api/v1/namespaces/n/configmaps/a/status',
      'PATCH /api/v1/namespaces/n/configmaps/a?fieldManager=m&force=true',
      'DELETE /api/v1/namespaces/n/configmaps/a',
      'DELETE /api/v1/namespaces/n/configmaps?fieldSelector=metadata.name%3Da',
    ]);
    expect(asked.every(({ user }) => user === 'alice')).toBe(true);
    expect(asked[3]?.body).toContain('"kind":"ConfigMap"');
    expect(asked[5]?.contentType).toBe('application/apply-patch+yaml');
    expect(JSON.parse(asked[6]?.body ?? '')).toMatchObject({ kind: 'DeleteOptions', gracePeriodSeconds: 0 });
  });

  it('throws the Status that the server answered', async () => {
    answer = (_request, response) => {
      response.statusCode = 404;
      response.end('{"kind":"Status","code":404,"reason":"NotFound","message":"configmaps \\"a\\" not found"}');
    };
    await expect(client.get(configMaps, { namespace: 'n', name: 'a' })).rejects.toMatchObject({
      name: 'KubeApiError',
      httpStatus: 404,
      reason: 'NotFound',
      message: 'configmaps "a" not found',
    });
  });

  it('makes a Status of an answer that is none', async () => {
    answer = (_request, response) => {
      response.statusCode = 429;
      response.end('slow down');
    };
    await expect(client.get(configMaps, { namespace: 'n', name: 'a' })).rejects.toMatchObject({
      reason: 'TooManyRequests',
      message: 'slow down',
    });
  });

  it('gives up on a server that does not answer, or not to the end', async () => {
    const impatient = new HttpKubeClient({ ...options, timeoutMs: 300 });
    answer = () => {};
    await expect(impatient.get(configMaps, { namespace: 'n', name: 'a' })).rejects.toMatchObject({ reason: 'Timeout' });
    answer = (_request, response) => response.write('{"metadata":');
    await expect(impatient.get(configMaps, { namespace: 'n', name: 'a' })).rejects.toMatchObject({ reason: 'Timeout' });
    impatient.close();
  });

  it('says that it cannot reach a server', async () => {
    const away = new HttpKubeClient({ server: 'https://127.0.0.1:1', clock });
    await expect(away.list(configMaps)).rejects.toMatchObject({ reason: 'ServiceUnavailable', httpStatus: 503 });
    away.close();
  });

  it('rejects with the reason of who gave up', async () => {
    const controller = new AbortController();
    answer = () => controller.abort(new Error('enough'));
    await expect(client.get(configMaps, { namespace: 'n', name: 'a' }, controller.signal)).rejects.toThrow('enough');
  });

  it('yields the events of a watch as they come, also when they come in pieces', async () => {
    const event = (type: string, revision: number) =>
      `${JSON.stringify({ type, object: { metadata: { uid: 'ä', resourceVersion: String(revision) } } })}\n`;
    answer = (_request, response) => {
      const bytes = Buffer.from(event('ADDED', 2) + event('MODIFIED', 3));
      for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
      response.end();
    };
    const events: string[] = [];
    for await (const event of client.watch(configMaps, { resourceVersion: '1' }, never)) {
      if (event.type === 'ERROR') continue;
      const { type, object } = event;
      events.push(`${type} ${object.metadata?.uid} ${object.metadata?.resourceVersion}`);
    }
    expect(events).toEqual(['ADDED ä 2', 'MODIFIED ä 3']);
    expect(asked[0]?.url).toContain('watch=true&allowWatchBookmarks=true');
  });

  it('throws what a watch says has gone wrong, and ends quietly when the connection breaks', async () => {
    answer = (_request, response) =>
      response.end('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n');
    await expect(async () => {
      for await (const _event of client.watch(configMaps, { resourceVersion: '1' }, never));
    }).rejects.toMatchObject({ httpStatus: 410 });
    answer = (_request, response) => {
      response.write('{"type":"ADDED","object":{}}\n{"type":"AD');
      setImmediate(() => response.destroy());
    };
    let count = 0;
    for await (const _event of client.watch(configMaps, { resourceVersion: '1' }, never)) count++;
    expect(count).toBe(1);
  });
});

describe('a watch over a connection that is cut', () => {
  it('ends when the server answers again, so that the reader continues where it was', async () => {
    answer = (request, response) => {
      if (request.url?.includes('watch=true')) response.write('{"type":"ADDED","object":{}}\n');
      else if (request.url?.includes('silent')) return;
      else response.end('{"metadata":{}}');
    };
    const seen = Promise.withResolvers<undefined>();
    const watching = (async () => {
      for await (const _event of client.watch(configMaps, { resourceVersion: '1' }, never)) seen.resolve(undefined);
    })();
    await seen.promise;
    await client.get(configMaps, { namespace: 'n', name: 'a' });
    const impatient = AbortSignal.timeout(20);
    await expect(client.get(configMaps, { namespace: 'n', name: 'silent' }, impatient)).rejects.toThrow();
    await client.get(configMaps, { namespace: 'n', name: 'a' });
    await watching;
  });
});

describe('linesOf', () => {
  it('finds lines across chunks, leaves out empty ones and gives an unfinished last one', async () => {
    async function* chunks() {
      for (const text of ['a', 'b\nc\n\n', '\nd']) yield Buffer.from(text);
    }
    const lines: string[] = [];
    for await (const line of linesOf(chunks())) lines.push(line.toString());
    expect(lines).toEqual(['ab', 'c', 'd']);
  });

  it('refuses a line without end', async () => {
    async function* chunks() {
      for (let i = 0; i < 17; i++) yield Buffer.alloc(1024 * 1024, 'x');
    }
    await expect(async () => {
      for await (const _line of linesOf(chunks()));
    }).rejects.toThrow('longer than');
  });
});
