import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { KubeApiError } from '../../../lib/kube/client.ts';
import { badRequest, internalError } from '../../../lib/kube/status-errors.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Registry } from '../../registry/registry.ts';
import type { User } from '../extension.ts';
import type { RequestHandler } from '../request-handler.ts';
import { requestInfo, type ResourceRequest } from '../request-info.ts';
import type { AgentLink } from './agent-link.ts';
import { proxyTarget } from './connect-handlers.ts';
import { agentStreamPath, checkRunning, nodeOf } from './pod-location.ts';
import { agentOf, podOf, type Target } from './targets.ts';

/** Streams that may be open at a time: each holds two sockets. */
const MAX_STREAMS = 1000;
const SWITCHING_PROTOCOLS = 101;
const BEARER_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';
const streamSubresources: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward']);
/** The connection's own, and the caller's credentials, stay here. */
const replacedHeaders: ReadonlySet<string> = new Set(['host', 'authorization', 'sec-websocket-protocol']);

export interface UpgradeOptions {
  readonly registry: Registry;
  readonly link: AgentLink;
  readonly handler: RequestHandler;
  readonly log: Logger;
}

/**
 * exec, attach, port-forward and upgrades of proxies: who asks is found out and checked here as for any request, then the raw connection is joined to the
 * agent's (or the backend's), which answers the handshake itself.
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
    // To enter a container is to create something, with whichever method the protocol begins.
    const asked: ResourceRequest = streamSubresources.has(info.subresource ?? '') ? { ...info, verb: 'create' } : info;
    const account = { auditId: randomUUID(), info: asked, path: mark < 0 ? url : url.slice(0, mark), isDryRun: false };
    let user: User | undefined;
    const audit = (statusCode: number) => handler.audit(request, { ...account, user, statusCode, durationMs: 0 });
    try {
      const source = { socket: request.socket, headers: request.headers };
      await handler.userOf(source, asked, query, (known) => (user = known));
      await this.#connect(request, socket, head, asked, query, url);
      audit(SWITCHING_PROTOCOLS);
    } catch (error) {
      audit(error instanceof KubeApiError ? error.httpStatus : 500);
      throw error;
    }
  }

  async #connect(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    asked: ResourceRequest,
    query: URLSearchParams,
    url: string,
  ): Promise<void> {
    const { link } = this.#options;
    const { target, path } = this.#targetOf(asked, query, url);
    if (this.#open >= MAX_STREAMS) throw internalError(new Error('too many streams'));
    const backend = await link.connect(target);
    this.#open++;
    joinSockets(socket, backend, () => this.#open--);
    backend.write(requestHead(request, path, target));
    if (head.length > 0) backend.write(head);
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

/** What flows into one flows out of the other, until either has gone. */
function joinSockets(client: Duplex, backend: Socket, onEnd: () => void): void {
  (client as Socket).setTimeout?.(0);
  (client as Socket).setNoDelay?.(true);
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    onEnd();
    client.destroy();
    backend.destroy();
  };
  client.on('error', end);
  backend.on('error', end);
  client.on('close', end);
  backend.on('close', end);
  client.pipe(backend);
  backend.pipe(client);
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
