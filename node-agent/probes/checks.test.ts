import { createServer, type Server } from 'node:http';
import { createServer as createHttp2, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentPod, container } from '../../test/support/agent-builders.ts';
import { cut } from './check-outcome.ts';
import { grpcCheck } from './grpc-check.ts';
import { httpCheck } from './http-check.ts';
import { probeSpecs } from './probe-spec.ts';
import { tcpCheck } from './tcp-check.ts';

const signal = new AbortController().signal;
/** Of a check whose time is not what is tested. */
const TIMEOUT_MS = 10_000;

describe('an HTTP check', () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
      if (pathname === '/hang') return;
      if (pathname === '/to') {
        response.writeHead(302, { location: searchParams.get('where') ?? '' }).end();
        return;
      }
      if (pathname === '/headers') {
        response.end(JSON.stringify(request.headers));
        return;
      }
      response.writeHead(Number(pathname.slice(1))).end('the body');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const check = (path: string, headers: { name: string; value: string }[] = [], timeoutMs = TIMEOUT_MS) =>
    httpCheck({ scheme: 'http', host: '127.0.0.1', port, path, headers }, timeoutMs, signal);

  test.each([
    [200, 'success'],
    [302, 'success'],
    [399, 'success'],
    [400, 'failure'],
    [500, 'failure'],
  ])('of a server that answers %i is a %s', async (status, result) => {
    expect((await check(`/${status}`)).result).toBe(result);
  });

  test('says what the server answered', async () => {
    expect((await check('/503')).output).toBe('HTTP probe failed with statuscode: 503\nthe body');
    expect((await check('/200')).output).toBe('the body');
  });

  test('follows redirects on the same host and warns of others', async () => {
    expect(await check('/to?where=/200')).toMatchObject({ result: 'success', output: 'the body' });
    expect((await check('/to?where=/500')).result).toBe('failure');
    expect(await check('/to?where=http://elsewhere.invalid/')).toMatchObject({ result: 'success', isWarning: true });
    expect((await check('/to?where=/to?where=/to')).result).toBe('failure');
  });

  test('fails when nobody listens or nobody answers', async () => {
    expect(await check('/hang', [], 500)).toMatchObject({
      result: 'failure',
      output: expect.stringContaining('deadline exceeded'),
    });
    const target = { scheme: 'http', host: '127.0.0.1', port: 1, path: '/', headers: [] } as const;
    expect(await httpCheck(target, TIMEOUT_MS, signal)).toMatchObject({
      result: 'failure',
      output: 'Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused',
    });
  });

  test('names itself, unless the pod says otherwise', async () => {
    expect(JSON.parse((await check('/headers')).output)).toMatchObject({
      'user-agent': 'kube-probe/1.36',
      connection: 'close',
    });
    const own = await check('/headers', [
      { name: 'User-Agent', value: 'me' },
      { name: 'Host', value: 'web' },
    ]);
    expect(JSON.parse(own.output)).toMatchObject({ 'user-agent': 'me', host: 'web' });
  });

  test('of TCP is a success as soon as the port takes the connection', async () => {
    expect((await tcpCheck('127.0.0.1', port, TIMEOUT_MS, signal)).result).toBe('success');
    expect(await tcpCheck('127.0.0.1', 1, TIMEOUT_MS, signal)).toEqual({
      result: 'failure',
      output: 'dial tcp 127.0.0.1:1: connect: connection refused',
    });
  });
});

describe('a gRPC check', () => {
  let server: Http2Server;
  let port: number;

  beforeAll(async () => {
    server = createHttp2();
    server.on('stream', (stream) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const service = Buffer.concat(chunks).subarray(7).toString();
        if (service === 'unknown') {
          stream.respond(
            { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' },
            { endStream: true },
          );
          return;
        }
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, service === 'ill' ? 2 : 1]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterAll(() => {
    server.close();
  });

  test.each([
    ['', 'success', 'service healthy'],
    ['ill', 'failure', 'service unhealthy (responded with "NOT_SERVING")'],
    ['unknown', 'failure', 'error: health rpc failed: service "unknown" is not known'],
  ])('of the service %j is a %s', async (service, result, output) => {
    expect(await grpcCheck('127.0.0.1', port, service, TIMEOUT_MS, signal)).toEqual({ result, output });
  });

  test('fails when nobody listens', async () => {
    expect((await grpcCheck('127.0.0.1', 1, '', TIMEOUT_MS, signal)).result).toBe('failure');
  });
});

describe('what a pod asks for', () => {
  test('has the API’s defaults, and named ports are looked up', () => {
    const main = container('main', {
      ports: [{ name: 'web', containerPort: 8080 }],
      livenessProbe: { httpGet: { port: 'web', path: 'ok' } },
      readinessProbe: { tcpSocket: { port: 'nowhere' } },
      startupProbe: { exec: { command: ['cat', '/ok'] }, terminationGracePeriodSeconds: 7 },
    });
    expect(probeSpecs(agentPod(), main)).toMatchObject([
      { type: 'startup', checkText: 'exec cat /ok', graceMs: 7_000 },
      {
        type: 'liveness',
        checkText: 'GET :8080/ok',
        initialDelayMs: 0,
        timeoutMs: 1_000,
        periodMs: 10_000,
        failureThreshold: 3,
      },
      { type: 'readiness', check: { kind: 'invalid', message: "couldn't find port: nowhere" } },
    ]);
  });

  test('may be faster than a second by annotation', () => {
    const annotations = { 'vigil.dev/probe-period-ms': '250', 'vigil.dev/probe-start-period-ms': '1' };
    const pod = agentPod({}, { metadata: { annotations } });
    const main = container('main', { livenessProbe: { exec: {} }, readinessProbe: { exec: {} } });
    expect(probeSpecs(pod, main)).toMatchObject([
      { type: 'liveness', periodMs: 250, startPeriodMs: 250 },
      { type: 'readiness', periodMs: 250, startPeriodMs: 50 },
    ]);
  });
});

test('output is cut at 1 KiB without tearing a character', () => {
  const text = 'ä'.repeat(2_000);
  expect(Buffer.byteLength(cut(text))).toBe(1_024);
  expect(cut(`a${text}`)).toMatch(/^aä+$/);
});
