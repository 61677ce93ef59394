import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Agent } from 'node:https';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { https } from '../../../lib/http-module.ts';
import type { HttpDestination } from '../../../lib/kube/http-transport.ts';
import type { Registry } from '../../registry/registry.ts';
import { serviceAddress, type ServiceAddress } from '../../registry/service-address.ts';
import type { User } from '../extension.ts';
import { identityHeaders } from './front-proxy-headers.ts';
import { serverNameOf, type Route } from './routes.ts';

/** Connections kept open to each server. */
const MAX_FREE_SOCKETS = 8;
/** A server that does not answer a connection in this time is taken to be away. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Certificate and key by which aggregated servers know that it is this one that asks. */
export interface FrontProxyCredentials {
  readonly cert: string;
  readonly key: string;
}

interface AggregatedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Readable | Buffer | undefined;
  readonly signal: AbortSignal;
}

interface Connections {
  /** All that a kept connection was made of. */
  readonly made: string;
  readonly agent: Agent;
}

/** The way to aggregated servers: one of the endpoints of their Service, under TLS, with the front proxy's certificate. */
export class AggregatedLink {
  readonly #registry: Registry;
  readonly #credentials: FrontProxyCredentials | undefined;
  /** By the name of the APIService. */
  readonly #connections = new Map<string, Connections>();

  constructor(registry: Registry, credentials: FrontProxyCredentials | undefined) {
    this.#registry = registry;
    this.#credentials = credentials;
  }

  close(): void {
    for (const { agent } of this.#connections.values()) agent.destroy();
    this.#connections.clear();
  }

  /** Drops what is kept for APIServices that are gone. */
  keep(routes: Iterable<Route>): void {
    const names = new Set([...routes].map((route) => route.name));
    for (const [name, { agent }] of this.#connections) {
      if (names.has(name)) continue;
      this.#connections.delete(name);
      agent.destroy();
    }
  }

  /** Where a request would go now. Throws an `Error` that says what is missing. */
  addressOf({ service }: Route): ServiceAddress {
    return serviceAddress(this.#registry, service.namespace, service.name, service.port, Math.random);
  }

  /** Where requests in a user's name go: for clients that send them themselves. Throws an `Error` that says what is missing. */
  optionsFor(route: Route, user: User): HttpDestination {
    const { host, port } = this.addressOf(route);
    return { agent: this.#agentOf(route), host, port, headers: { host: `${host}:${port}`, ...identityHeaders(user) } };
  }

  /** Resolves with the head of the answer; its body is the caller's. Rejects with an `Error` when the server cannot be reached. */
  request(route: Route, asked: AggregatedRequest): Promise<IncomingMessage> {
    const { method, path, headers, body, signal } = asked;
    return new Promise((resolve, reject) => {
      const { host, port } = this.addressOf(route);
      const outgoing = https.request({
        host,
        port,
        method,
        path,
        headers: { host: `${host}:${port}`, ...headers },
        signal,
        agent: this.#agentOf(route),
      });
      outgoing.on('socket', (socket: TLSSocket) => limitConnect(socket, outgoing));
      outgoing.once('response', (answer: IncomingMessage) => {
        resolve(answer);
        // A server may answer before it has read everything; then the connection is of no further use.
        answer.once('end', () => {
          if (!outgoing.writableFinished) outgoing.destroy();
        });
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const isRepeatable = body === undefined && (method === 'GET' || method === 'HEAD');
        // The server closed an idle connection just as it was taken up again: nothing was served, ask once more.
        if (isRepeatable && outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(this.request(route, asked));
        else reject(error);
      });
      if (body === undefined || Buffer.isBuffer(body)) {
        outgoing.end(body);
        return;
      }
      body.once('error', (error) => outgoing.destroy(error));
      body.pipe(outgoing);
    });
  }

  /** A connection for an upgrade. Rejects with an `Error` when the server cannot be reached. */
  connect(route: Route): Promise<{ readonly socket: Socket; readonly address: ServiceAddress }> {
    return new Promise((resolve, reject) => {
      const address = this.addressOf(route);
      const socket = connectTls({ ...address, ...this.#tlsOf(route), ALPNProtocols: ['http/1.1'] });
      socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('the connection timed out')));
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        socket.setTimeout(0);
        socket.setNoDelay(true);
        resolve({ socket, address });
      });
    });
  }

  #agentOf(route: Route): Agent {
    const tls = this.#tlsOf(route);
    const made = JSON.stringify([tls.servername, tls.ca, tls.rejectUnauthorized]);
    const known = this.#connections.get(route.name);
    if (known?.made === made) return known.agent;
    known?.agent.destroy();
    const agent = new https.Agent({ keepAlive: true, maxFreeSockets: MAX_FREE_SOCKETS, ...tls });
    this.#connections.set(route.name, { made, agent });
    return agent;
  }

  #tlsOf(route: Route) {
    return {
      servername: serverNameOf(route),
      rejectUnauthorized: route.isVerified,
      ...(route.ca === undefined ? {} : { ca: route.ca }),
      ...this.#credentials,
    };
  }
}

function limitConnect(socket: TLSSocket, outgoing: ClientRequest): void {
  if (!socket.connecting) return;
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => outgoing.destroy(new Error('the connection timed out')));
  socket.once('secureConnect', () => socket.setTimeout(0));
}
