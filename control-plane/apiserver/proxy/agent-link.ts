import type { Agent as HttpAgent, ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';
import { serviceUnavailable } from '../../../lib/kube/status-errors.ts';
import { messageOf } from '../../../lib/errors.ts';
import { http, https } from '../../../lib/http-module.ts';
import type { Target } from './targets.ts';

/** Connections kept open to each agent or backend. */
const MAX_FREE_SOCKETS = 4;
/** A node that does not answer a connection in this time is taken to be away. */
const CONNECT_TIMEOUT_MS = 5_000;

export interface AgentCredentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface ProxiedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Buffer | undefined;
  readonly signal: AbortSignal;
}

/** The control plane's way to agents, pods and Services: plain requests, and raw connections for upgrades. */
export class AgentLink {
  /** Made once for all connections. */
  readonly #toAgents: SecureContext;
  readonly #agents: { readonly agent: HttpsAgent; readonly https: HttpsAgent; readonly http: HttpAgent };

  constructor(credentials: AgentCredentials) {
    this.#toAgents = createSecureContext(credentials);
    const common = { keepAlive: true, maxFreeSockets: MAX_FREE_SOCKETS };
    this.#agents = {
      agent: new https.Agent({ ...common, secureContext: this.#toAgents }),
      https: new https.Agent({ ...common, rejectUnauthorized: false }),
      http: new http.Agent(common),
    };
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  /** Resolves with the head of the answer; its body is the caller's. Throws 503 when the target cannot be reached. */
  request(target: Target, { method, path, headers, body, signal }: ProxiedRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options = { host: target.host, port: target.port, method, path, headers, signal };
      const outgoing: ClientRequest =
        target.scheme === 'http'
          ? http.request({ ...options, agent: this.#agents.http })
          : https.request({ ...options, agent: this.#agents[target.scheme], servername: '' });
      outgoing.on('socket', (socket: Socket) => limitConnect(socket, outgoing));
      outgoing.on('response', resolve);
      outgoing.on('error', (error) => reject(unreachable(target, error)));
      outgoing.end(body);
    });
  }

  /** A connection for an upgrade. Throws 503 when the target cannot be reached. */
  connect(target: Target): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const at = { host: target.host, port: target.port };
      const socket: Socket =
        target.scheme === 'http'
          ? connectTcp(at)
          : connectTls({
              ...at,
              ...(target.scheme === 'agent' ? { secureContext: this.#toAgents } : { rejectUnauthorized: false }),
            });
      socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('the connection timed out')));
      socket.once('error', (error) => reject(unreachable(target, error)));
      socket.once(target.scheme === 'http' ? 'connect' : 'secureConnect', () => {
        socket.setTimeout(0);
        socket.setNoDelay(true);
        resolve(socket);
      });
    });
  }
}

function limitConnect(socket: Socket, outgoing: ClientRequest): void {
  if (!socket.connecting) return;
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => outgoing.destroy(new Error('the connection timed out')));
  socket.once('connect', () => socket.setTimeout(0));
}

function unreachable(target: Target, error: unknown): Error {
  const what = target.scheme === 'agent' ? 'the node agent' : 'service';
  return serviceUnavailable(`error trying to reach ${what} at ${target.host}:${target.port}: ${messageOf(error)}`);
}
