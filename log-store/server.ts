import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzip, gzip, zstdDecompress, inflate } from 'node:zlib';
import type { Component } from '../lib/component.ts';
import type { LogStoreConfig } from '../lib/config/log-store.ts';
import { http, https } from '../lib/http-module.ts';
import type { Logger } from '../lib/log.ts';
import type { ApiRequest, ApiResponse } from './api/request.ts';
import { failureBody } from './api/error-body.ts';
import { ApiKeyCheck } from './auth.ts';
import { StoreError } from './engine/store-error.ts';
import { filterPath } from './filter-path.ts';

/** Bodies beyond this are refused, compressed or not, as Elasticsearch's `http.max_content_length`. */
const MAX_BODY_BYTES = 100 * 1024 * 1024;
/** Request bodies held at once; beyond, clients are told to come again. */
const MAX_BODIES_BYTES = 256 * 1024 * 1024;
const MIN_GZIP_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 65_000;

const decoders: Readonly<Record<string, (body: Buffer, limit: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip) as (body: Buffer, limit: { maxOutputLength: number }) => Promise<Buffer>,
  deflate: promisify(inflate) as (body: Buffer, limit: { maxOutputLength: number }) => Promise<Buffer>,
  zstd: promisify(zstdDecompress) as (body: Buffer, limit: { maxOutputLength: number }) => Promise<Buffer>,
};
const gzipAsync = promisify(gzip);

export interface LogStoreServerOptions {
  readonly config: Pick<LogStoreConfig, 'host' | 'port' | 'tls' | 'apiKeyFile'>;
  readonly handle: (request: ApiRequest) => Promise<ApiResponse>;
  /** Text for `GET /_metrics`. */
  readonly metrics: () => string;
  readonly log: Logger;
}

/** HTTP(S): TLS, the API key, bounded and decompressed bodies, the headers that clients look for. */
export class LogStoreServer implements Component {
  readonly name = 'log-store-server';
  readonly #options: LogStoreServerOptions;
  #server: Server | undefined;
  #check: ApiKeyCheck | undefined;
  #bodiesBytes = 0;

  constructor(options: LogStoreServerOptions) {
    this.#options = options;
  }

  /** The port in use; differs from the configuration when that says 0. */
  get port(): number {
    return (this.#server?.address() as AddressInfo | null)?.port ?? 0;
  }

  async start(): Promise<void> {
    const { config, log } = this.#options;
    if (config.apiKeyFile !== undefined) this.#check = new ApiKeyCheck(readFileSync(config.apiKeyFile, 'utf8').trim());
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    const server = config.tls
      ? https.createServer(
          { cert: readFileSync(config.tls.cert), key: readFileSync(config.tls.key), minVersion: 'TLSv1.2' },
          listener,
        )
      : http.createServer(listener);
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(config.port, config.host, resolve);
    });
    log.info({ host: config.host, port: this.port, tls: config.tls !== undefined }, 'log store serves');
  }

  async stop(deadline: AbortSignal): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    deadline.addEventListener('abort', () => server.closeAllConnections(), { once: true });
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await this.#answer(request);
      await send(request, response, answer);
    } catch (error) {
      if (error instanceof StoreError) {
        await send(request, response, { status: error.status, body: failureBody(error) });
        return;
      }
      this.#options.log.debug({ err: error }, 'connection broke');
      response.destroy();
    }
  }

  async #answer(request: IncomingMessage): Promise<ApiResponse> {
    const url = new URL(request.url ?? '/', 'http://store');
    if (url.pathname === '/_health') return { status: 200, body: { status: 'green' } };
    if (this.#check && !this.#check.allows(request.headers.authorization)) {
      request.resume();
      throw new StoreError(401, 'security_exception', 'missing or wrong API key');
    }
    if (url.pathname === '/_metrics') {
      return { status: 200, body: this.#options.metrics(), contentType: 'text/plain; version=0.0.4; charset=utf-8' };
    }
    const body = await this.#body(request);
    let path: string[];
    try {
      path = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
    } catch {
      throw new StoreError(400, 'illegal_argument_exception', 'the path is not valid');
    }
    const answer = await this.#options.handle({ method: request.method ?? 'GET', path, query: url.searchParams, body });
    const filter = url.searchParams.get('filter_path');
    if (filter !== null && typeof answer.body === 'object' && answer.status < 400) {
      return { ...answer, body: filterPath(answer.body, filter.split(',')) };
    }
    return answer;
  }

  async #body(request: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        this.#bodiesBytes += chunk.length;
        if (bytes > MAX_BODY_BYTES) throw tooLarge();
        if (this.#bodiesBytes > MAX_BODIES_BYTES) {
          throw new StoreError(429, 'circuit_breaking_exception', 'too many large requests at once');
        }
        chunks.push(chunk);
      }
      const [only] = chunks;
      const body = chunks.length === 1 && only ? only : Buffer.concat(chunks, bytes);
      const encoding = request.headers['content-encoding'];
      if (encoding === undefined || encoding === 'identity') return body;
      const decode = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
      if (!decode)
        throw new StoreError(415, 'illegal_argument_exception', `content encoding [${encoding}] is not supported`);
      return await decode(body, { maxOutputLength: MAX_BODY_BYTES }).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
        throw new StoreError(400, 'illegal_argument_exception', `the body is not valid ${encoding}`);
      });
    } finally {
      this.#bodiesBytes -= bytes;
    }
  }
}

function tooLarge(): StoreError {
  return new StoreError(413, 'content_too_long_exception', `a request body has at most ${MAX_BODY_BYTES} bytes`);
}

async function send(request: IncomingMessage, response: ServerResponse, answer: ApiResponse): Promise<void> {
  const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  let bytes: Buffer = Buffer.from(text);
  response.statusCode = answer.status;
  response.setHeader('x-elastic-product', 'Elasticsearch');
  response.setHeader('content-type', answer.contentType ?? mediaType(request.headers.accept));
  if (bytes.length >= MIN_GZIP_BYTES && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
    bytes = await gzipAsync(bytes, { level: 1 });
    response.setHeader('content-encoding', 'gzip');
  }
  response.setHeader('content-length', bytes.length);
  if (answer.status === 401) response.setHeader('www-authenticate', 'ApiKey');
  // A refused request may still be sending its body: the connection cannot be used again.
  if (!request.complete) response.setHeader('connection', 'close');
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Elasticsearch's clients want their own media type back; everybody else JSON. */
function mediaType(accept: string | undefined): string {
  const version = /application\/vnd\.elasticsearch\+json; *compatible-with=(\d+)/.exec(accept ?? '')?.[1];
  return version ? `application/vnd.elasticsearch+json;compatible-with=${version}` : 'application/json; charset=UTF-8';
}
