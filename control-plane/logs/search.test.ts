import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import { search } from './search.ts';
import { LogStoreClient } from './store-client.ts';

let server: Server | undefined;
afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A server that answers every search with the lines given, as Elasticsearch would. */
async function storeWith(answer: (body: string) => Answer | Promise<Answer>): Promise<LogStoreClient> {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const respond = ({ status, body }: Answer) =>
        response
          .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
          .end(JSON.stringify(body));
      void Promise.resolve(answer(Buffer.concat(chunks).toString('utf8'))).then(respond);
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
const asker = { namespaces: undefined, signal: new AbortController().signal };

describe('log search', () => {
  test('keeps the lines that match every grep and no exclude', async () => {
    const client = await storeWith(() => lines('GET /a 200', 'GET /b 500', 'POST /b 500'));
    const result = await search(client, { grep: ['/b', '500'], exclude: ['^POST'] }, asker, new FakeClock());
    expect(result.hits.map((hit) => hit.message)).toEqual(['GET /b 500']);
    expect(result.total).toEqual({ value: 1, exact: true });
  });

  test('offers a cursor only when there is more', async () => {
    const client = await storeWith(() => lines('a', 'b', 'c'));
    const page = await search(client, { size: 2 }, asker, new FakeClock());
    expect(page.hits.map((hit) => hit.message)).toEqual(['a', 'b']);
    expect(JSON.parse(Buffer.from(page.next ?? '', 'base64url').toString())).toEqual(['t1', 1]);
    expect((await search(client, { size: 3 }, asker, new FakeClock())).next).toBeUndefined();
    expect((await search(client, { size: 5 }, asker, new FakeClock())).next).toBeUndefined();
  });

  test('goes on behind the last line it looked at when its time is up, also when it kept none', async () => {
    const clock = new FakeClock();
    const page = lines(...Array.from({ length: 1000 }, (_, index) => `line ${index}`));
    const client = await storeWith(async () => {
      await clock.advance(60_000);
      return page;
    });
    const result = await search(client, { grep: ['absent'] }, asker, clock);
    expect(result.hits).toEqual([]);
    expect(result.total).toEqual({ value: 0, exact: false });
    expect(JSON.parse(Buffer.from(result.next ?? '', 'base64url').toString())).toEqual(['t998', 998]);
  });

  test('a pattern that would backtrack for ever is answered at once', async () => {
    const client = await storeWith(() => lines(`${'a'.repeat(20_000)}b`));
    expect((await search(client, { grep: ['(a+)+$'] }, asker, new FakeClock())).hits).toEqual([]);
  });

  test('asks for smaller pages when an answer is too large to be held', async () => {
    const sizes: number[] = [];
    const client = await storeWith((body) => {
      const { size } = JSON.parse(body) as { size: number };
      sizes.push(size);
      return size > 2 ? lines(...Array.from({ length: 3 }, () => 'x'.repeat(20_000_000))) : lines('line 0');
    });
    const result = await search(client, { size: 10 }, asker, new FakeClock());
    expect(sizes).toEqual([11, 2]);
    expect(result.hits.map((hit) => hit.message)).toEqual(['line 0']);
  });

  test.each([
    [400, 'LOG_QUERY_REFUSED', 'Failed to parse query [AND]'],
    [503, 'LOG_STORE_UNAVAILABLE', 'the log store answered 503: no shard'],
  ])('says why the store refused with %i', async (status, code, message) => {
    const reason = message.replace(/^.*503: /, '');
    const client = await storeWith(() => ({ status, body: { error: { root_cause: [{ reason }] } } }));
    await expect(search(client, {}, asker, new FakeClock())).rejects.toMatchObject({ code, message });
  });
});
