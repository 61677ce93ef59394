import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { KubeApiError } from '../../lib/kube/client.ts';
import {
  badRequest,
  internalError,
  statusError,
  timedOut,
  tooLarge,
  unauthorized,
} from '../../lib/kube/status-errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { AuditedRequest } from './audit/audit-document.ts';
import type { Auditor } from './audit/auditor.ts';
import { checkAccess } from './access.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import { Exchange } from './exchange.ts';
import type { User } from './extension.ts';
import { impersonated } from './impersonation.ts';
import type { InFlight } from './in-flight.ts';
import { attributesOf, requestInfo, type RequestInfo, type ResourceRequest } from './request-info.ts';
import type { RequestMetrics } from './request-metrics.ts';

/** Upstream's limit of a request's body. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** Answers one exchange. Throws a `KubeApiError` to refuse. */
type Dispatch = (exchange: Exchange) => void | Promise<void>;

export interface RequestHandlerOptions {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly log: Logger;
  readonly inFlight: InFlight;
  readonly metrics: RequestMetrics;
  /** Names that clients make up must not become labels of metrics. */
  readonly isServed: (info: ResourceRequest) => boolean;
  readonly dispatch: Dispatch;
  readonly auditor?: Auditor | undefined;
}

/** Upstream's time for an ordinary request. */
const REQUEST_TIMEOUT_MS = 60_000;

const writingMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** They last as long as somebody looks at them, and so are not counted as being worked. */
const longSubresources: ReadonlySet<string> = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

/** The way of every request: what is asked → who asks → is there room → as whom → may he → answer. Every failure becomes a `Status` here. */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
  }

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { clock, metrics } = this.#options;
    const startMs = clock.monotonicMs();
    const url = request.raw.url ?? '/';
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
    const info = requestInfo(request.method, path, query);
    const auditId = randomUUID();
    const asked: { user?: User } = {};
    void reply.header('audit-id', auditId).header('cache-control', 'no-cache, private');
    // Whatever takes long is a stream; anything else that has not answered by then will not.
    const cancel = isLongRunning(info)
      ? () => {}
      : clock.after(REQUEST_TIMEOUT_MS, () => this.fail(overtime(), request, reply));
    reply.raw.once('close', () => {
      cancel();
      const isServed = info.kind === 'path' ? reply.raw.statusCode < 400 : this.#options.isServed(info);
      const told: RequestInfo = isServed ? info : { kind: 'path', verb: info.verb, path: '' };
      const { statusCode } = reply.raw;
      const durationMs = clock.monotonicMs() - startMs;
      metrics.ended(told, statusCode, durationMs, query.has('dryRun'));
      this.audit(request.raw, {
        auditId,
        info,
        path,
        user: asked.user,
        statusCode,
        durationMs,
        isDryRun: query.has('dryRun'),
      });
    });
    try {
      const exchange = await this.#admit(request, reply, info, path, query, asked);
      await this.#options.dispatch(exchange);
    } catch (error) {
      this.fail(error, request, reply);
    }
    return reply;
  }

  /** Answers with the `Status` of what was thrown. */
  fail(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const refusal = this.#refusal(error, request);
    const { status } = refusal;
    if (reply.raw.headersSent || reply.sent) {
      reply.raw.destroy();
      return;
    }
    const retryAfter = status.details?.retryAfterSeconds;
    if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
    if (refusal.httpStatus === 401) void reply.header('www-authenticate', 'Bearer realm="vigil"');
    void reply
      .code(refusal.httpStatus)
      .header('content-type', 'application/json')
      .send(Buffer.from(`${JSON.stringify(status)}\n`));
  }

  /** Who asks, and whether he may: the same for ordinary requests and for upgrades. `known` is told who it is even when he may not. Throws 401 and 403. */
  async userOf(
    source: Parameters<Authenticator['authenticate']>[0],
    info: RequestInfo,
    query: URLSearchParams,
    known: (user: User) => void = () => {},
  ): Promise<User> {
    const { authenticator, authorizer } = this.#options;
    const waits = authenticator.authenticate(source);
    const own = waits instanceof Promise ? await waits : waits;
    if (!own) throw unauthorized();
    known(own);
    const user = impersonated(own, source.headers, authorizer);
    known(user);
    checkAccess(authorizer, user, attributesOf(info, query));
    return user;
  }

  /** Keeps account of a request that has ended, or of a connection that goes on by itself. */
  audit(raw: IncomingMessage, ended: Omit<AuditedRequest, 'sourceIP' | 'userAgent' | 'receivedMs'>): void {
    const { auditor, clock } = this.#options;
    auditor?.ended({
      ...ended,
      sourceIP: raw.socket.remoteAddress ?? '',
      userAgent: raw.headers['user-agent'],
      receivedMs: clock.now() - ended.durationMs,
    });
  }

  async #admit(
    request: FastifyRequest,
    reply: FastifyReply,
    info: RequestInfo,
    path: string,
    query: URLSearchParams,
    asked: { user?: User },
  ): Promise<Exchange> {
    const source = { socket: request.raw.socket, headers: request.headers };
    const user = await this.userOf(source, info, query, (known) => (asked.user = known));
    if (!isLongRunning(info)) {
      const leave = this.#options.inFlight.enter(writingMethods.has(request.method));
      reply.raw.once('close', leave);
    }
    return new Exchange({ request, reply, info, path, query, user });
  }

  #refusal(error: unknown, request: FastifyRequest): KubeApiError {
    if (error instanceof KubeApiError) return error;
    const { code, statusCode } = error as { code?: string; statusCode?: number };
    if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge();
    if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
      return statusCode === 400
        ? badRequest((error as Error).message)
        : statusError(statusCode, 'BadRequest', (error as Error).message);
    }
    this.#options.log.error(
      { err: error, method: request.method, url: request.raw.url },
      'a request failed inside the server',
    );
    return internalError(error);
  }
}

function overtime(): KubeApiError {
  return timedOut('request did not complete within the allotted timeout');
}

function isLongRunning(info: RequestInfo): info is ResourceRequest {
  if (info.kind !== 'resource') return false;
  return info.verb === 'watch' || longSubresources.has(info.subresource ?? '');
}
