import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Readable, type Duplex } from 'node:stream';
import { KubeApiError } from '../../../lib/kube/client.ts';
import { badRequest, internalError, serviceUnavailable } from '../../../lib/kube/status-errors.ts';
import { messageOf } from '../../../lib/errors.ts';
import { http } from '../../../lib/http-module.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Aggregation } from '../aggregation/aggregation.ts';
import { identityHeaders, passedOnHeaders } from '../aggregation/front-proxy-headers.ts';
import type { Route } from '../aggregation/routes.ts';
import type { User } from '../extension.ts';
import type { RequestHandler } from '../request-handler.ts';
import { requestInfo, type ResourceRequest } from '../request-info.ts';
import type { AgentLink } from './agent-link.ts';
import { admitConnect } from './connect-admission.ts';
import { proxyTarget } from './connect-handlers.ts';
import { joinUpgrade } from './join-upgrade.ts';
import { sendOverWebSocket, type AskedUpgrade } from './log-socket.ts';
import { openLog } from './pod-log.ts';
import { agentStreamPath, checkRunning, nodeOf } from './pod-location.ts';
import { agentOf, podOf, type Target } from './targets.ts';

/** Streams that may be open at a time: each holds two sockets. */
const MAX_STREAMS = 1000;
const BEARER_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';
const streamSubresources: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward']);
/** The connection's own, and the caller's credentials, stay here. */
const replacedHeaders: ReadonlySet<string> = new Set(['host', 'authorization', 'sec-websocket-protocol']);

interface Backend {
  readonly socket: Socket;
  readonly head: string;
}

export interface UpgradeOptions {
  readonly registry: Registry;
  readonly link: AgentLink;
  readonly aggregation: Aggregation;
  readonly handler: RequestHandler;
  readonly log: Logger;
}

/**
 * exec, attach, port-forward and upgrades of proxies: who asks is found out and checked here as for any request, then the raw connection is joined to the
 * agent's (or the backend's), which answers the handshake itself. Logs over WebSockets are answered by this server.
 */
export class Upgrades {
  readonly #options: UpgradeOptions;
  #open = 0;

  constructor(options: UpgradeOptions) {
    this.#options = options;
  }

  /** The listener of the server's `upgrade` event. Never throws. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until the two sides are joined an error has nobody else to hear of it.
    socket.on('error', () => {});
    this.#join(request, socket, head).catch((error: unknown) => {
      const known = error instanceof KubeApiError;
      if (!known) this.#options.log.error({ err: error, url: request.url }, 'an upgrade failed inside the server');
      refuse(socket, known ? error : internalError(error));
    });
  }

  async #join(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { handler } = this.#options;
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
    const info = requestInfo(request.method ?? 'GET', mark < 0 ? url : url.slice(0, mark), query);
    if (info.kind !== 'resource') throw badRequest('this path cannot be upgraded');
    const route = this.#options.aggregation.routes.find(info.group, info.version);
    // To enter a container is to create something, with whichever method the protocol begins.
    const isEntering = !route && streamSubresources.has(info.subresource ?? '');
    const asked: ResourceRequest = isEntering ? { ...info, verb: 'create' } : info;
    const account = { auditId: randomUUID(), info: asked, path: mark < 0 ? url : url.slice(0, mark), isDryRun: false };
    let user: User | undefined;
    const audit = (statusCode: number) => handler.audit(request, { ...account, user, statusCode, durationMs: 0 });
    try {
      const source = { socket: request.socket, headers: request.headers };
      const asking = await handler.userOf(source, asked, query, (known) => (user = known));
      if (!route && isLog(asked, request)) {
        audit(await this.#sendLog({ request, socket, head }, asked, query));
        return;
      }
      const backend = route
        ? await this.#aggregated(route, request, asking)
        : await this.#own(request, asked, query, url, asking);
      this.#open++;
      audit(await joinUpgrade(socket, backend.socket, { head: backend.head, rest: head }, () => this.#open--));
    } catch (error) {
      audit(error instanceof KubeApiError ? error.httpStatus : 500);
      throw error;
    }
  }

  /** A log has no handshake of the agent's: it is read as for any request, and sent in messages. Resolves with the status of the answer. */
  async #sendLog(upgrade: AskedUpgrade, info: ResourceRequest, query: URLSearchParams): Promise<number> {
    this.#checkRoom();
    const gone = new AbortController();
    upgrade.socket.once('close', () => gone.abort(new Error('the client closed the connection')));
    const log = await openLog(this.#options.registry, this.#options.link, info, query, gone.signal);
    this.#open++;
    return sendOverWebSocket(upgrade, log ?? Readable.from([]), () => this.#open--);
  }

  /** The connection to an agent or a backend, and what is to be said on it first. */
  async #own(
    request: IncomingMessage,
    asked: ResourceRequest,
    query: URLSearchParams,
    url: string,
    user: User,
  ): Promise<Backend> {
    // The handshake is the agent's: there is no head of an answer that could carry warnings.
    const admitted = await admitConnect(this.#options.registry, asked, query, user, []);
    const { target, path } = this.#targetOf(asked, admitted, url);
    this.#checkRoom();
    return { socket: await this.#options.link.connect(target), head: requestHead(request, path, target) };
  }

  /** The same to another API server, in the user's name. */
  async #aggregated(route: Route, request: IncomingMessage, user: User): Promise<Backend> {
    if (!route.isAvailable) throw serviceUnavailable('service unavailable');
    this.#checkRoom();
    try {
      const { socket, address } = await this.#options.aggregation.link.connect(route);
      return { socket, head: aggregatedHead(request, `${address.host}:${address.port}`, user) };
    } catch (error) {
      throw serviceUnavailable(messageOf(error));
    }
  }

  #checkRoom(): void {
    if (this.#open >= MAX_STREAMS) throw internalError(new Error('too many streams'));
  }

  #targetOf(info: ResourceRequest, query: URLSearchParams, url: string): { target: Target; path: string } {
    const { registry } = this.#options;
    const { resource, subresource = '', group } = info;
    if (group !== '') throw badRequest('this path cannot be upgraded');
    if (subresource === 'proxy' && ['pods', 'services', 'nodes'].includes(resource))
      return proxyTarget(registry, info, url);
    if (resource !== 'pods' || !streamSubresources.has(subresource)) throw badRequest('this path cannot be upgraded');
    const pod = podOf(registry, info.namespace, info.name ?? '');
    if (subresource !== 'portforward') checkRunning(pod);
    return { target: agentOf(registry, nodeOf(pod)), path: agentStreamPath(pod, subresource, query) };
  }
}

function isLog(info: ResourceRequest, request: IncomingMessage): boolean {
  const isWebSocket = (request.headers.upgrade ?? '').toLowerCase() === 'websocket';
  return isWebSocket && info.group === '' && info.resource === 'pods' && info.subresource === 'log';
}

function requestHead(request: IncomingMessage, path: string, target: Target): string {
  const lines = [`${request.method ?? 'GET'} ${path} HTTP/1.1`, `Host: ${target.host}:${target.port}`];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? '';
    if (!replacedHeaders.has(name.toLowerCase())) lines.push(`${name}: ${request.rawHeaders[at + 1] ?? ''}`);
  }
  const protocols = (request.headers['sec-websocket-protocol'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && !one.startsWith(BEARER_PROTOCOL));
  if (protocols.length > 0) lines.push(`Sec-WebSocket-Protocol: ${protocols.join(', ')}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function aggregatedHead(request: IncomingMessage, host: string, user: User): string {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1`];
  const headers = {
    Host: host,
    ...passedOnHeaders(request.headers),
    ...identityHeaders(user),
    Connection: 'Upgrade',
    Upgrade: request.headers.upgrade ?? '',
  };
  for (const [name, value] of Object.entries(headers)) {
    for (const one of [value ?? []].flat()) {
      http.validateHeaderValue(name, String(one));
      lines.push(`${name}: ${one}`);
    }
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** An ordinary answer in place of the upgrade. */
function refuse(socket: Duplex, error: KubeApiError): void {
  if (socket.destroyed) return;
  const body = `${JSON.stringify(error.status)}\n`;
  socket.end(
    `HTTP/1.1 ${error.httpStatus} ${phrases[error.httpStatus] ?? 'Error'}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
