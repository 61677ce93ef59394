import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../../../lib/clock.ts';
import { HttpClient } from '../http/http-client.ts';
import type { Distribution } from './health.ts';
import { install, type Installed } from './install.ts';

type Json = Record<string, unknown>;
const month = { maxAge: '30d' };

/** Keeps templates and policies as the product that it claims to be, and fails as that does. */
class DefinitionServer {
  readonly definitions = new Map<string, Json>();
  readonly puts: string[] = [];
  distribution: Distribution = 'elasticsearch';
  hasPolicies = true;
  /** Answers everything below this path so. */
  failing: { readonly path: string; readonly status: number } | undefined;
  /** Of the policy in OpenSearch: counted up with each change. */
  #sequence = 0;
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const [status, body] = this.#answer(request.method ?? '', new URL(request.url ?? '', 'http://x'), text);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(method: string, { pathname, searchParams }: URL, text: string): readonly [number, Json] {
    if (this.failing && pathname.startsWith(this.failing.path))
      return [this.failing.status, { error: 'asked to fail' }];
    if (pathname === '/') return [200, { version: { number: '3.8.0', distribution: this.#distributionName() } }];
    const isPolicy = /^\/(_ilm|_plugins)\//.test(pathname);
    const isOfProduct = pathname.startsWith('/_ilm/') === (this.distribution === 'elasticsearch');
    if (isPolicy && (!this.hasPolicies || !isOfProduct)) {
      return [400, { error: `no handler found for uri [${pathname}] and method [${method}]` }];
    }
    const known = this.definitions.get(pathname);
    if (method === 'GET') return known ? [200, this.#shown(pathname, known)] : [404, { error: 'not found' }];
    if (isPolicy && !isOfIlm(pathname) && known && searchParams.get('if_seq_no') !== String(this.#sequence)) {
      return [409, { error: 'version conflict' }];
    }
    this.#sequence++;
    this.puts.push(pathname);
    this.definitions.set(pathname, JSON.parse(text) as Json);
    return [200, { acknowledged: true }];
  }

  #shown(pathname: string, definition: Json): Json {
    const name = pathname.split('/').at(-1) ?? '';
    const kind = /^\/_(index|component)_template\//.exec(pathname)?.[1];
    if (kind) return { [`${kind}_templates`]: [{ name, [`${kind}_template`]: definition }] };
    if (isOfIlm(pathname)) return { [name]: { version: 1, ...definition } };
    return { _id: name, _seq_no: this.#sequence, _primary_term: 1, ...definition };
  }

  #distributionName(): string | undefined {
    return this.distribution === 'opensearch' ? 'opensearch' : undefined;
  }
}

const isOfIlm = (pathname: string) => pathname.startsWith('/_ilm/');

let server: DefinitionServer;
let client: HttpClient;
beforeEach(async () => {
  server = new DefinitionServer();
  client = new HttpClient({ name: 'store', url: await server.listen() }, new SystemClock());
});
afterEach(() => {
  client.close();
  server.close();
});

function installed(retention?: { readonly maxAge: string }): Promise<Installed> {
  server.puts.length = 0;
  return install(client, retention, AbortSignal.timeout(5_000));
}

const settings = () => JSON.stringify(server.definitions.get('/_component_template/logs-vigil@settings'));

describe.each([
  ['elasticsearch', '/_ilm/policy/logs-vigil'],
  ['opensearch', '/_plugins/_ism/policies/logs-vigil'],
] as const)('on %s', (distribution, path) => {
  beforeEach(() => {
    server.distribution = distribution;
  });

  test('a policy is written once, and again when another retention is asked for', async () => {
    expect((await installed(month)).policy).toBe('written');
    expect((await installed(month)).policy).toBe('up to date');
    expect(server.puts).toEqual([]);
    expect((await installed({ maxAge: '7d' })).policy).toBe('written');
    expect(server.puts).toEqual([path]);
    expect(JSON.stringify(server.definitions.get(path))).toContain('"7d"');
  });

  test('a policy that somebody changed is left alone', async () => {
    await installed(month);
    const changed = JSON.stringify(server.definitions.get(path)).replace('":"30d"', '":"365d"');
    server.definitions.set(path, JSON.parse(changed) as Json);
    expect((await installed({ maxAge: '7d' })).policy).toBe('changed by somebody, left alone');
    expect(JSON.stringify(server.definitions.get(path))).toBe(changed);
  });

  test('where there are no policies, or not for us, documents are shipped all the same', async () => {
    server.hasPolicies = false;
    expect((await installed(month)).policy).toMatch(/^unavailable: status 400: .*no handler found/);
    expect(settings()).not.toContain('lifecycle');
    server.hasPolicies = true;
    server.failing = { path, status: 403 };
    expect((await installed(month)).policy).toMatch(/^unavailable: status 403/);
    server.failing = undefined;
    expect((await installed(month)).policy).toBe('written');
  });
});

test('indices follow the policy from when there is one', async () => {
  await installed();
  expect(settings()).not.toContain('lifecycle');
  expect((await installed(month)).written).toEqual(['logs-vigil@settings']);
  expect(settings()).toContain('"index.lifecycle.name":"logs-vigil"');
});

test('newer templates stay as they are', async () => {
  await installed();
  for (const [path, definition] of server.definitions) server.definitions.set(path, { ...definition, version: 99 });
  expect((await installed()).written).toEqual([]);
});

test('a server that is busy or does not know us is asked again later', async () => {
  for (const status of [401, 429, 503]) {
    server.failing = { path: '/_component_template/', status };
    await expect(installed()).rejects.toThrow(`answered status ${status}`);
  }
});
