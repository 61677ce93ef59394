import { readFile } from 'node:fs/promises';
import type { Server as HttpsServer } from 'node:https';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { fastify, type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { VigilError } from '../../lib/errors.ts';
import { https } from '../../lib/http-module.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { MAX_BODY_BYTES, type RequestHandler } from './request-handler.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** What ends each watch that is open; called when the server stops. */
    watches?: Set<() => void>;
  }
}

/** A client that sends its request more slowly than this is cut off. Answers may take as long as they need. */
const REQUEST_TIMEOUT_MS = 60_000;
const KEEP_ALIVE_MS = 75_000;
/** For requests that are being answered when the server is asked to stop. */
const DRAIN_MS = 1_000;

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface ApiServerOptions {
  readonly config: Pick<ControlPlaneConfig, 'listen' | 'port' | 'pki'>;
  readonly clock: Clock;
  readonly handler: RequestHandler;
  readonly onUpgrade: UpgradeHandler;
}

/** Builds the fastify instance: one route for everything, bodies as bytes. Without a port: tests `inject` into it. */
export function buildApp(
  handler: RequestHandler,
  serverFactory?: (listener: RequestListener) => HttpsServer,
): FastifyInstance {
  const options: FastifyServerOptions = {
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 4096 },
  };
  // What the framework cannot even route, such as a path that cannot be decoded.
  options.frameworkErrors = (error, request, reply) => handler.fail(error, request, reply);
  // An HTTPS server is an HTTP server to whoever only hands it a listener.
  if (serverFactory) options.serverFactory = (listener) => serverFactory(listener);
  const app = fastify(options);
  app.decorate('watches', new Set<() => void>());
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) => handler.fail(error, request, reply));
  app.route({
    method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '/*',
    handler: (request, reply) => handler.handle(request, reply),
  });
  return app;
}

/** HTTPS on every configured address. `port` is the one that was chosen when 0 was asked for; all addresses then share it. */
export class ApiServer implements Component {
  readonly name = 'api server';
  readonly #options: ApiServerOptions;
  readonly #servers: HttpsServer[] = [];
  #app: FastifyInstance | undefined;
  #port = 0;

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
    let listener: RequestListener | undefined;
    const make = (handle: RequestListener) => {
      const server = https.createServer(
        {
          key,
          cert,
          ca,
          requestCert: true,
          rejectUnauthorized: false,
          ALPNProtocols: ['http/1.1'],
          minVersion: 'TLSv1.2',
        },
        handle,
      );
      server.requestTimeout = REQUEST_TIMEOUT_MS;
      server.keepAliveTimeout = KEEP_ALIVE_MS;
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
        this.#options.onUpgrade(request, socket, head),
      );
      // A handshake that fails is the client's affair.
      server.on('tlsClientError', () => {});
      return server;
    };
    this.#app = buildApp(this.#options.handler, (handle) => {
      listener = handle;
      return make(handle);
    });
    await this.#app.ready();
    if (!listener) throw new VigilError('NO_LISTENER', 'bug', 'fastify did not ask for a server');
    this.#port = this.#options.config.port;
    for (const host of listen) {
      const server = this.#servers.length === 0 ? (this.#app.server as unknown as HttpsServer) : make(listener);
      this.#servers.push(server);
      this.#port = await listenOn(server, host, this.#port);
    }
  }

  async stop(deadline: AbortSignal): Promise<void> {
    for (const end of this.#app?.watches ?? []) end();
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
    await this.#app?.close();
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
