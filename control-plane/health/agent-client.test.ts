import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCa, issueCertificate, type KeyPair } from '../../lib/pki.ts';
import { HttpsAgentClient } from './agent-client.ts';

let ca: KeyPair;
let client: HttpsAgentClient;
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {};
const address = () => ({ node: 'node-1', host: '127.0.0.1', port: (server.address() as AddressInfo).port });
const options = { timeoutMs: 10_000, maxBytes: 1_000 };
const signal = () => AbortSignal.timeout(10_000);

beforeAll(async () => {
  const nowMs = Date.now();
  ca = await createCa('test', nowMs);
  const pair = await issueCertificate(ca, {
    commonName: 'node',
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
    nowMs,
  });
  const own = await issueCertificate(ca, { commonName: 'agent-client', usages: ['client'], nowMs });
  client = new HttpsAgentClient({ ca: ca.cert, ...own });
  server = createServer({ ...pair, ca: ca.cert, requestCert: true, rejectUnauthorized: true }, (request, response) =>
    answer(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});

async function linesOf(text: readonly string[]): Promise<string[]> {
  answer = (_, response) => {
    for (const part of text) response.write(part);
    response.end();
  };
  const lines: string[] = [];
  for await (const line of client.lines(address(), '/x', signal())) lines.push(line);
  return lines;
}

describe('asking an agent', () => {
  test('shows the own certificate and gets the body', async () => {
    answer = (_, response) => response.end('hello');
    expect(await client.getText(address(), '/x', options, signal())).toBe('hello');
  });

  test('an agent that says nothing is unreachable, and the time is said', async () => {
    answer = () => {};
    const asked = client.getText(address(), '/x?secret=1', { ...options, timeoutMs: 300 }, signal());
    const message = 'agent of node-1, /x: no answer in 300 ms';
    await expect(asked).rejects.toMatchObject({ code: 'AGENT_UNREACHABLE', class: 'transient', message });
  });

  test.each<[string, typeof answer, string]>([
    ['refuses', (_, response) => response.writeHead(403).end(), 'agent of node-1, /x: the agent answered 403'],
    [
      'says too much',
      (_, response) => response.end('x'.repeat(2_000)),
      'agent of node-1, /x: the answer is longer than 1000 bytes',
    ],
    [
      'says why it refuses',
      (_, response) => response.writeHead(409).end('{"kind":"Status","message":"in use"}'),
      'agent of node-1, /x: the agent answered 409: in use',
    ],
    ['breaks off', (_, response) => response.destroy(), 'agent of node-1, /x: socket hang up'],
  ])('an agent that %s is unreachable, and the reason is said', async (_, behaviour, message) => {
    answer = behaviour;
    const asked = client.getText(address(), '/x?secret=1', options, signal());
    await expect(asked).rejects.toMatchObject({ code: 'AGENT_UNREACHABLE', class: 'transient', message });
  });

  test('the method is passed on', async () => {
    answer = (request, response) => response.end(request.method);
    for (const method of ['PUT', 'DELETE'] as const) {
      expect(await client.send(method, address(), '/x', options, signal())).toBe(method);
    }
  });

  test('an agent with the certificate of another cluster is not believed', async () => {
    const other = await createCa('other', Date.now());
    const stranger = new HttpsAgentClient({ ca: other.cert, cert: '', key: '' });
    await expect(stranger.getText(address(), '/x', options, signal())).rejects.toMatchObject({
      code: 'AGENT_UNREACHABLE',
    });
    stranger.close();
  });

  test('lines are put together from the pieces in which they come', async () => {
    expect(await linesOf(['{"a"', ':1}\n\n{"b":', '2}\n{"c":3}\nrest'])).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
  });

  test('a character that is cut between two pieces stays whole', async () => {
    const bytes = Buffer.from('grün\n');
    answer = (_, response) => {
      response.write(bytes.subarray(0, 3));
      response.end(bytes.subarray(3));
    };
    const lines: string[] = [];
    for await (const line of client.lines(address(), '/x', signal())) lines.push(line);
    expect(lines).toEqual(['grün']);
  });

  test('a line without end is not collected for ever', async () => {
    await expect(linesOf(['x'.repeat(300 * 1024)])).rejects.toThrow('a line is longer than');
  });

  test('leaving ends the stream with the reason', async () => {
    answer = (_, response) => response.write('one\n');
    const stop = new AbortController();
    const lines = client.lines(address(), '/x', stop.signal);
    expect((await lines.next()).value).toBe('one');
    const next = lines.next();
    stop.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
  });
});
