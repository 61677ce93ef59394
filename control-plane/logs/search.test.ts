import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import { search } from './search.ts';
import { LogStoreClient } from './store-client.ts';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

/** A server that answers every search with the lines given, as Elasticsearch would. */
async function storeWith(answer: () => { status: number; body: unknown }): Promise<LogStoreClient> {
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const { status, body } = answer();
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new LogStoreClient(() => Promise.resolve({ protocol: 'http', host: '127.0.0.1', port, basePath: '' }));
}

const lines = (...messages: string[]) => ({
  status: 200,
  body: {
    hits: {
      total: { value: messages.length, relation: 'eq' },
      hits: messages.map((message, index) => ({
        _id: `c-${index}`,
        _index: 'i',
        _source: { message },
        sort: [`t${index}`, index],
      })),
    },
  },
});
const signal = AbortSignal.timeout(5000);

describe('log search', () => {
  test('keeps the lines that match every grep and no exclude', async () => {
    const client = await storeWith(() => lines('GET /a 200', 'GET /b 500', 'POST /b 500'));
    const result = await search(
      client,
      { grep: ['/b', '500'], exclude: ['^POST'] },
      undefined,
      new FakeClock(),
      signal,
    );
    expect(result.hits.map((hit) => hit.message)).toEqual(['GET /b 500']);
    expect(result.total).toEqual({ value: 1, exact: true });
  });

  test('offers a cursor only when a page is full', async () => {
    const client = await storeWith(() => lines('a', 'b'));
    expect((await search(client, { size: 2 }, undefined, new FakeClock(), signal)).next).toBeDefined();
    expect((await search(client, { size: 5 }, undefined, new FakeClock(), signal)).next).toBeUndefined();
  });

  test('goes on behind the last line it looked at when its time is up, also when it kept none', async () => {
    const clock = new FakeClock();
    const page = lines(...Array.from({ length: 1000 }, (_, index) => `line ${index}`));
    const client = await storeWith(() => {
      void clock.advance(60_000);
      return page;
    });
    const result = await search(client, { grep: ['absent'] }, undefined, clock, signal);
    expect(result.hits).toEqual([]);
    expect(result.total).toEqual({ value: 0, exact: false });
    expect(JSON.parse(Buffer.from(result.next ?? '', 'base64url').toString())).toEqual(['t999', 999]);
  });

  test('a pattern that would backtrack for ever is answered at once', async () => {
    const client = await storeWith(() => lines(`${'a'.repeat(20_000)}b`));
    expect((await search(client, { grep: ['(a+)+$'] }, undefined, new FakeClock(), signal)).hits).toEqual([]);
  });

  test.each([
    [400, 'LOG_QUERY_REFUSED', 'Failed to parse query [AND]'],
    [503, 'LOG_STORE_UNAVAILABLE', 'the log store answered 503: no shard'],
  ])('says why the store refused with %i', async (status, code, message) => {
    const reason = message.replace(/^.*503: /, '');
    const client = await storeWith(() => ({ status, body: { error: { root_cause: [{ reason }] } } }));
    await expect(search(client, {}, undefined, new FakeClock(), signal)).rejects.toMatchObject({ code, message });
  });
});
