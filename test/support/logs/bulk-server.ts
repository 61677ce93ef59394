import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { allStored, eachStatus } from './bulk-answer.ts';

const NEWLINE = 10;

/** How the server answers the next bulk. */
export type BulkBehaviour =
  | 'ok'
  /** The whole request is refused; with `aboveBytes`, only when its body is longer. */
  | { readonly status: number; readonly aboveBytes?: number }
  /** Every n-th item is answered 429. */
  | { readonly halfFailed: number }
  /** The connection is closed while the body is on its way. */
  | 'closes'
  /** Stores everything, then closes without an answer. */
  | 'stores-then-closes';

/** What a stored document is remembered by. */
export type Remember = (id: string, document: string) => void;

/** Speaks just enough of the Elasticsearch protocol to count what arrives, with `create` semantics, and fails on demand. */
export class BulkServer {
  readonly ids = new Map<string, string>();
  /** Items that arrived although they were stored. */
  duplicates = 0;
  requests = 0;
  /** Items of requests that were taken, stored before or not. */
  items = 0;
  /** Bytes of their bodies. */
  bytes = 0;
  behaviour: () => BulkBehaviour = () => 'ok';
  /** With `false`, items are counted without being looked at: for benchmarks. Then all are taken for new. */
  readonly #remembers: boolean;
  readonly #server: Server;
  onItem: Remember | undefined;
  /** Called with each body as it came. */
  onBody: ((body: Buffer) => void) | undefined;

  constructor(options: { readonly remembers: boolean } = { remembers: true }) {
    this.#remembers = options.remembers;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.keepAliveTimeout = 60_000;
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!request.url?.startsWith('/_bulk')) {
      request.resume();
      response.setHeader('content-type', 'application/json');
      if (request.url === '/') response.end('{"version":{"number":"9.0.0"}}');
      else if (request.method === 'GET') response.writeHead(404).end('{}');
      else response.end('{"acknowledged":true}');
      return;
    }
    const behaviour = this.behaviour();
    this.requests++;
    if (behaviour === 'closes') {
      request.once('data', () => request.socket.destroy());
      return;
    }
    const chunks: Buffer[] = [];
    const counted = { bytes: 0, newlines: 0 };
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        counted.bytes += chunk.length;
        for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) counted.newlines++;
        if (this.#remembers || this.onBody) chunks.push(chunk);
      }
    } catch {
      return;
    }
    if (typeof behaviour === 'object' && 'status' in behaviour && counted.bytes > (behaviour.aboveBytes ?? 0)) {
      response.writeHead(behaviour.status).end('{"error":{"reason":"asked to fail"}}');
      return;
    }
    const body = Buffer.concat(chunks);
    const count = counted.newlines / 2;
    this.bytes += counted.bytes;
    this.items += count;
    this.onBody?.(body);
    const statuses = this.#remembers
      ? this.#take(body, typeof behaviour === 'object' && 'halfFailed' in behaviour ? behaviour.halfFailed : 0)
      : undefined;
    if (behaviour === 'stores-then-closes') {
      request.socket.destroy();
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.end(statuses === undefined ? allStored(request.url, 'create', count) : eachStatus('create', statuses));
  }

  /** One status an item; `undefined` when all are new. */
  #take(body: Buffer, failEvery: number): number[] | undefined {
    const lines = body.toString().split('\n');
    const statuses: number[] = [];
    for (let n = 0; n + 1 < lines.length; n += 2) {
      const { create } = JSON.parse(lines[n] ?? '{}') as { create?: { _id?: string } };
      const id = create?._id ?? '';
      if (failEvery > 0 && (n / 2 + this.requests) % failEvery === 0) statuses.push(429);
      else if (this.ids.has(id)) {
        this.duplicates++;
        statuses.push(409);
      } else {
        this.ids.set(id, lines[n + 1] ?? '');
        this.onItem?.(id, lines[n + 1] ?? '');
        statuses.push(201);
      }
    }
    return statuses.every((status) => status === 201) ? undefined : statuses;
  }
}
