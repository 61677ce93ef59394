import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Component } from '../lib/component.ts';
import { messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Access } from './http/authenticate.ts';
import type { Route, UpgradeHandler, UpgradeRoute } from './http/route.ts';
import { PathTable } from './http/router.ts';
import { answerStatus, refuseUpgrade, statusOf, statusOfThrown } from './http/status-answer.ts';

export interface AgentServerOptions {
  readonly host: string;
  /** 0 = any. */
  readonly port: number;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly routes: readonly Route[];
  readonly upgrades: readonly UpgradeRoute[];
  readonly authenticate: (request: IncomingMessage) => Promise<Access>;
  readonly log: Logger;
}

/** Followed logs and signals hold one each; beyond, somebody leaks. */
const MAX_CONNECTIONS = 2_000;
const HEADERS_TIMEOUT_MS = 15_000;

/** The agent's HTTPS port. Every request is authenticated before its route is looked at, but for those said to be public. */
export class AgentServer implements Component {
  readonly name = 'server';
  readonly #options: AgentServerOptions;
  readonly #routes = new PathTable<Route>();
  readonly #upgrades = new PathTable<UpgradeHandler>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(options: AgentServerOptions) {
    this.#options = options;
    for (const route of options.routes) this.#routes.add(route.path, route);
    for (const route of options.upgrades) this.#upgrades.add(route.path, route.handler);
  }

  /** The port that is listened on; 0 before `start`. */
  get port(): number {
    const address = this.#server?.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async start(): Promise<void> {
    const { cert, key, ca, host, port } = this.#options;
    // Tokens are an alternative to certificates, so a missing one is no reason to hang up.
    const server = createServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2' });
    this.#server = server;
    server.maxConnections = MAX_CONNECTIONS;
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.on('request', (request, response) => void this.#serve(request, response));
    server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
    server.on('secureConnection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // Followed logs and signals never end by themselves.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const path = pathOf(request);
      const found = this.#routes.find(path);
      const chosen = found.find(({ value }) => value.method === request.method);
      if (chosen?.value.isPublic !== true) {
        const refusal = refusalOf(await this.#options.authenticate(request));
        if (refusal) {
          answerStatus(response, refusal);
          return;
        }
      }
      if (chosen) await chosen.value.handler(request, response, chosen.params);
      else if (found.length > 0) answerStatus(response, statusOf(405, 'MethodNotAllowed', 'method not allowed'));
      else answerStatus(response, statusOf(404, 'NotFound', `the agent has no ${path}`));
    } catch (error) {
      this.#options.log.debug({ path: pathOf(request), error: messageOf(error) }, 'request failed');
      answerStatus(response, statusOfThrown(error));
    }
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Before a handler takes over, a client that goes away must not end the agent.
    socket.on('error', () => socket.destroy());
    try {
      const [found] = this.#upgrades.find(pathOf(request));
      const refusal =
        refusalOf(await this.#options.authenticate(request)) ??
        (found ? undefined : statusOf(404, 'NotFound', 'nothing to upgrade here'));
      if (refusal) refuseUpgrade(socket, refusal);
      else await found?.value(request, socket, head, found.params);
    } catch (error) {
      this.#options.log.debug({ path: pathOf(request), error: messageOf(error) }, 'upgrade failed');
      refuseUpgrade(socket, statusOfThrown(error));
    }
  }
}

function refusalOf(access: Access): ReturnType<typeof statusOf> | undefined {
  if (access === 'allowed') return undefined;
  return access === 'forbidden'
    ? statusOf(403, 'Forbidden', 'you may not use nodes/proxy of this node')
    : statusOf(401, 'Unauthorized', 'Unauthorized');
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/';
}
