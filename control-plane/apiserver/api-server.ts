import { readFile } from 'node:fs/promises';
import type { Server as HttpsServer } from 'node:https';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { https } from '../../lib/http-module.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import type { RequestBody } from './exchange.ts';
import { readBody } from './read-body.ts';
import { methodNotAllowed } from '../../lib/kube/status-errors.ts';
import { refuseBadPath, refuseMalformed } from './malformed-http.ts';
import { MAX_BODY_BYTES, type RequestHandler } from './request-handler.ts';
import { decodedPath } from './request-info.ts';

/** A client that sends its request more slowly than this is cut off. Answers may take as long as they need. */
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 75_000;
/** Upstream's: tokens and selectors can be long. */
const MAX_HEADER_BYTES = 1024 * 1024;
/** For requests that are being answered when the server is asked to stop. */
const DRAIN_MS = 1_000;

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface ApiServerOptions {
  readonly config: Pick<ControlPlaneConfig, 'listen' | 'port' | 'pki'>;
  readonly clock: Clock;
  readonly handler: RequestHandler;
  readonly onUpgrade: UpgradeHandler;
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** What a server does with each request: its body is read, as bytes, and the rest is the handler's. */
export function listenerOf(handler: RequestHandler): RequestListener {
  const handle = (request: IncomingMessage, response: ServerResponse, body: RequestBody) => {
    handler.handle(request, response, body).catch((error: unknown) => handler.fail(error, request, response));
  };
  return (request, response) => {
    if (!methods.has(request.method ?? '')) handler.fail(methodNotAllowed(), request, response);
    // A path that is not percent-encoded as it says.
    else if (decodedPath(request.url?.split('?', 1)[0] ?? '/') === undefined) refuseBadPath(response);
    else if (!hasBody(request)) handle(request, response, undefined);
    // What another server answers flows through.
    else if (handler.isPassedOn(request)) handle(request, response, request);
    else
      readBody(request, MAX_BODY_BYTES, (error, body) =>
        error ? handler.fail(error, request, response) : handle(request, response, body),
      );
  };
}

function hasBody({ method, headers }: IncomingMessage): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** HTTPS on every configured address. `port` is the one that was chosen when 0 was asked for; all addresses then share it. */
export class ApiServer implements Component {
  readonly name = 'api server';
  readonly #options: ApiServerOptions;
  readonly #servers: HttpsServer[] = [];
  #port = 0;
  #isStopping = false;

  constructor(options: ApiServerOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  async start(): Promise<void> {
    const { pki, listen } = this.#options.config;
    const [key, cert, ca] = await Promise.all(
      [pki.servingKey, pki.servingCert, pki.caCert].map((path) => readFile(path)),
    );
    const answer = listenerOf(this.#options.handler);
    const listener: RequestListener = (request, response) => {
      // Who has been answered meanwhile asks the next time somewhere else.
      if (this.#isStopping) response.setHeader('connection', 'close');
      answer(request, response);
    };
    const make = () => {
      const server = https.createServer(
        {
          key,
          cert,
          ca,
          requestCert: true,
          rejectUnauthorized: false,
          ALPNProtocols: ['http/1.1'],
          minVersion: 'TLSv1.2',
          maxHeaderSize: MAX_HEADER_BYTES,
        },
        listener,
      );
      server.requestTimeout = REQUEST_TIMEOUT_MS;
      server.keepAliveTimeout = KEEP_ALIVE_MS;
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
        this.#options.onUpgrade(request, socket, head),
      );
      server.on('clientError', refuseMalformed);
      // A handshake that fails is the client's affair.
      server.on('tlsClientError', () => {});
      return server;
    };
    this.#port = this.#options.config.port;
    for (const host of listen) {
      const server = make();
      this.#servers.push(server);
      this.#port = await listenOn(server, host, this.#port);
    }
  }

  async stop(deadline: AbortSignal): Promise<void> {
    this.#isStopping = true;
    for (const end of this.#options.handler.openStreams) end();
    const closed = this.#servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeIdleConnections();
        }),
    );
    const force = () => {
      for (const server of this.#servers) server.closeAllConnections();
    };
    if (deadline.aborted) force();
    else deadline.addEventListener('abort', force, { once: true });
    // What is being answered gets a moment; streams of logs and terminals would hold the process for as long as somebody looks at them.
    const cancel = this.#options.clock.after(DRAIN_MS, force);
    await Promise.all(closed);
    cancel();
    deadline.removeEventListener('abort', force);
  }
}

function listenOn(server: HttpsServer, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
