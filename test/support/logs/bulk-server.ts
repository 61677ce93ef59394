import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server answers the next bulk. */
export type BulkBehaviour =
  | 'ok'
  | { readonly status: number }
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
  behaviour: () => BulkBehaviour = () => 'ok';
  /** With `false`, items are counted without being looked at: for benchmarks. */
  readonly #remembers: boolean;
  readonly #server: Server;
  items = 0;
  bytes = 0;
  onItem: Remember | undefined;

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
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      return;
    }
    if (typeof behaviour === 'object' && 'status' in behaviour) {
      response.writeHead(behaviour.status).end('{"error":{"reason":"asked to fail"}}');
      return;
    }
    const statuses = this.#take(chunks, typeof behaviour === 'object' ? behaviour.halfFailed : 0);
    if (behaviour === 'stores-then-closes') {
      request.socket.destroy();
      return;
    }
    response.setHeader('content-type', 'application/json');
    if (statuses === undefined) response.end('{"errors":false}');
    else {
      const items = statuses.map((status) =>
        status < 300
          ? { create: { status } }
          : {
              create: {
                status,
                error: {
                  type: status === 409 ? 'version_conflict_engine_exception' : 'es_rejected_execution_exception',
                  reason: 'asked to fail',
                },
              },
            },
      );
      response.end(JSON.stringify({ errors: true, items }));
    }
  }

  /** One status an item; `undefined` when all are new. */
  #take(chunks: readonly Buffer[], failEvery: number): number[] | undefined {
    if (!this.#remembers) {
      for (const chunk of chunks) {
        this.bytes += chunk.length;
        for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) this.items += 0.5;
      }
      return undefined;
    }
    const lines = Buffer.concat(chunks).toString().split('\n');
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
