import { readFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '../lib/clock.ts';
import type { Component } from '../lib/component.ts';
import type { LogStoreConfig } from '../lib/config/log-store.ts';
import { http, https } from '../lib/http-module.ts';
import type { Logger } from '../lib/log.ts';
import type { ApiRequest, ApiResponse } from './api/request.ts';
import { failureBody } from './api/error-body.ts';
import { StoreError } from './engine/store-error.ts';
import { filterPath } from './filter-path.ts';
import { Authenticator } from './security/authenticator.ts';
import type { SecurityStore } from './security/security-store.ts';
import { parseUsers } from './security/users-file.ts';
import { RequestBodies } from './request-bodies.ts';

const MIN_GZIP_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 15_000;
const KEEP_ALIVE_MS = 65_000;

const gzipAsync = promisify(gzip);

export interface LogStoreServerOptions {
  readonly config: Pick<LogStoreConfig, 'host' | 'port' | 'tls' | 'apiKeyFile' | 'usersFile'>;
  readonly clock: Clock;
  readonly security: SecurityStore;
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
  #authenticator: Authenticator | undefined;
  readonly #bodies = new RequestBodies();

  constructor(options: LogStoreServerOptions) {
    this.#options = options;
  }

  /** The port in use; differs from the configuration when that says 0. */
  get port(): number {
    return (this.#server?.address() as AddressInfo | null)?.port ?? 0;
  }

  async start(): Promise<void> {
    const { config, log, clock, security } = this.#options;
    const { apiKeyFile, usersFile } = config;
    this.#authenticator = new Authenticator({
      adminKey: apiKeyFile === undefined ? undefined : readFileSync(apiKeyFile, 'utf8').trim(),
      users: usersFile === undefined ? new Map() : parseUsers(readFileSync(usersFile, 'utf8'), usersFile),
      store: security,
      clock,
    });
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
      const answer = await this.#answer(request, gone(response));
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

  async #answer(request: IncomingMessage, signal: AbortSignal): Promise<ApiResponse> {
    const url = new URL(request.url ?? '/', 'http://store');
    if (url.pathname === '/_health') return { status: 200, body: { status: 'green' } };
    const principal = await this.#authenticator?.authenticate(request.headers.authorization);
    if (!principal) {
      request.resume();
      throw new StoreError(401, 'security_exception', 'missing or wrong API key, user or password');
    }
    if (url.pathname === '/_metrics') {
      if (!principal.mayCluster('monitor')) throw principal.refusal('monitor');
      return { status: 200, body: this.#options.metrics(), contentType: 'text/plain; version=0.0.4; charset=utf-8' };
    }
    let path: string[];
    try {
      path = url.pathname.split('/').filter(Boolean).map(decodeURIComponent);
    } catch {
      throw new StoreError(400, 'illegal_argument_exception', 'the path is not valid');
    }
    const { body, release } = await this.#bodies.read(request);
    const method = request.method ?? 'GET';
    const answer = await this.#options.handle({ method, path, query: url.searchParams, body, principal, signal });
    // Documents were copied to where they belong. Of other requests' bodies somebody may keep a part.
    if (path.at(-1) === '_bulk') release();
    const filter = url.searchParams.get('filter_path');
    if (filter !== null && typeof answer.body === 'object' && answer.status < 400) {
      return { ...answer, body: filterPath(answer.body, filter.split(',')) };
    }
    return answer;
  }
}

/** Aborts when the client has gone before it was answered. */
function gone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
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
  if (answer.status === 401) response.setHeader('www-authenticate', ['ApiKey', 'Basic realm="log store"']);
  // A refused request may still be sending its body: the connection cannot be used again.
  if (!request.complete) response.setHeader('connection', 'close');
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Elasticsearch's clients want their own media type back; everybody else JSON. */
function mediaType(accept: string | undefined): string {
  const version = /application\/vnd\.elasticsearch\+json; *compatible-with=(\d+)/.exec(accept ?? '')?.[1];
  return version ? `application/vnd.elasticsearch+json;compatible-with=${version}` : 'application/json; charset=UTF-8';
}
