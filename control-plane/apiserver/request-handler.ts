import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { KubeApiError } from '../../lib/kube/client.ts';
import { NoSuchPage, internalError, timedOut, unauthorized } from '../../lib/kube/status-errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { AuditedRequest } from './audit/audit-document.ts';
import type { Auditor } from './audit/auditor.ts';
import { checkAccess } from './access.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import { contentTypeOf, encode } from './content.ts';
import { Exchange, sendWhole, type RequestBody } from './exchange.ts';
import type { User } from './extension.ts';
import type { FlowControl } from './fairness/flow-control.ts';
import { requestSeats } from './fairness/request-seats.ts';
import type { Turn } from './fairness/turn.ts';
import { impersonated } from './impersonation.ts';
import type { InFlight } from './in-flight.ts';
import { negotiateStatus } from './negotiate.ts';
import { requestTimeoutMs } from './options/request-timeout.ts';
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
  readonly flowControl: FlowControl;
  /** How many objects of a kind there are, for the cost of lists. */
  readonly objectsOf: (info: ResourceRequest) => number;
  readonly metrics: RequestMetrics;
  /** Names that clients make up must not become labels of metrics. */
  readonly isServed: (info: ResourceRequest) => boolean;
  /** Whether another server answers a URL: then its body is not read here. */
  readonly isPassedOn: (url: string) => boolean;
  readonly dispatch: Dispatch;
  readonly auditor?: Auditor | undefined;
}

/** Upstream's time for an ordinary request. */
const REQUEST_TIMEOUT_MS = 60_000;

const writingMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** They last as long as somebody looks at them, and so are not counted as being worked. */
const longSubresources: ReadonlySet<string> = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

/** A request with its body, and what its path and parameters ask for. */
interface Received {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: RequestBody;
  readonly info: RequestInfo;
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What becomes known of a request on its way. */
interface Asked {
  user?: User;
  /** Absent for what is not counted: streams. */
  turn?: Turn;
  isOver: boolean;
}

/** The way of every request: what is asked → who asks → as whom → is it his turn → may he → answer. Every failure becomes a `Status` here. */
export class RequestHandler {
  /** What ends each stream that would go on for ever: called when the server stops. */
  readonly openStreams = new Set<() => void>();
  readonly #options: RequestHandlerOptions;

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
  }

  isPassedOn(request: IncomingMessage): boolean {
    return this.#options.isPassedOn(request.url ?? '/');
  }

  async handle(request: IncomingMessage, response: ServerResponse, body: RequestBody): Promise<void> {
    const { clock, metrics, inFlight, flowControl } = this.#options;
    const startMs = clock.monotonicMs();
    const { url = '/', method = 'GET' } = request;
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
    const info = requestInfo(method, path, query);
    const auditId = randomUUID();
    const asked: Asked = { isOver: false };
    response.setHeader('audit-id', auditId).setHeader('cache-control', 'no-cache, private');
    // Whatever takes long is a stream; anything else that has not answered by then will not.
    const isLong = isLongRunning(info);
    const isWrite = writingMethods.has(method);
    let cancel = () => {};
    if (!isLong) inFlight.enter(isWrite);
    response.once('close', () => {
      cancel();
      asked.isOver = true;
      if (!isLong) inFlight.leave(isWrite);
      if (asked.turn) flowControl.end(asked.turn);
      const { statusCode } = response;
      const isServed = info.kind === 'path' ? statusCode < 400 : this.#options.isServed(info);
      const told: RequestInfo = isServed ? info : { kind: 'path', verb: info.verb, path: '' };
      const durationMs = clock.monotonicMs() - startMs;
      metrics.ended(told, statusCode, durationMs, query.has('dryRun'));
      this.audit(request, {
        auditId,
        info,
        path,
        user: asked.user,
        statusCode,
        durationMs,
        isDryRun: query.has('dryRun'),
      });
    });
    let exchange: Exchange | undefined;
    try {
      if (!isLong) {
        const timeoutMs = requestTimeoutMs(query, REQUEST_TIMEOUT_MS);
        cancel = clock.after(timeoutMs, () => this.fail(overtime(), request, response));
      }
      exchange = await this.#admit({ request, response, body, info, path, query }, asked);
      await this.#options.dispatch(exchange);
    } catch (error) {
      exchange?.addWarnings();
      this.fail(error, request, response);
    }
  }

  /** Answers with the `Status` of what was thrown. */
  fail(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    const refusal = this.#refusal(error, request);
    const { status } = refusal;
    if (response.headersSent) {
      if (!response.writableEnded) response.destroy();
      return;
    }
    if (refusal instanceof NoSuchPage) {
      response.setHeader('x-content-type-options', 'nosniff');
      sendWhole(response, 404, '404 page not found\n', 'text/plain; charset=utf-8');
      return;
    }
    const retryAfter = status.details?.retryAfterSeconds;
    if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
    if (refusal.httpStatus === 401) response.setHeader('www-authenticate', 'Bearer realm="vigil"');
    const representation = negotiateStatus(request.headers.accept);
    sendWhole(response, refusal.httpStatus, encode(status, representation), contentTypeOf(representation));
  }

  /** Who asks, and whether he may, of an upgrade. `known` is told who it is even when he may not. Throws 401 and 403. */
  async userOf(
    source: Parameters<Authenticator['authenticate']>[0],
    info: RequestInfo,
    query: URLSearchParams,
    known: (user: User) => void = () => {},
  ): Promise<User> {
    const user = await this.#identify(source, known);
    checkAccess(this.#options.authorizer, user, attributesOf(info, query));
    return user;
  }

  async #identify(source: Parameters<Authenticator['authenticate']>[0], known: (user: User) => void): Promise<User> {
    const { authenticator, authorizer } = this.#options;
    const waits = authenticator.authenticate(source);
    const own = waits instanceof Promise ? await waits : waits;
    if (!own) throw unauthorized();
    known(own);
    const user = impersonated(own, source.headers, authorizer);
    known(user);
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

  async #admit(received: Received, asked: Asked): Promise<Exchange> {
    const { authorizer, flowControl } = this.#options;
    const { request, response, info, query } = received;
    const source = { socket: request.socket, headers: request.headers };
    const user = await this.#identify(source, (known) => (asked.user = known));
    const turn = this.#takeTurn(response, user, info, query);
    if (turn) {
      asked.turn = turn;
      // Its client may have gone before it was known who that is.
      if (asked.isOver) flowControl.end(turn);
      if (turn.ready) await turn.ready;
    }
    checkAccess(authorizer, user, attributesOf(info, query));
    const onInitialized = turn && (() => flowControl.end(turn));
    return new Exchange({ ...received, user, openStreams: this.openStreams, onInitialized });
  }

  /** Its place among the requests that are worked; streams need none, except watches until they have begun. Throws 429. */
  #takeTurn(response: ServerResponse, user: User, info: RequestInfo, query: URLSearchParams): Turn | undefined {
    if (info.kind === 'resource' && longSubresources.has(info.subresource ?? '')) return undefined;
    const { flowControl, objectsOf } = this.#options;
    const flow = flowControl.classify(user, info);
    const { level, schemaUid } = flow;
    if (schemaUid !== '') response.setHeader('x-kubernetes-pf-flowschema-uid', schemaUid);
    if (level.uid !== '') response.setHeader('x-kubernetes-pf-prioritylevel-uid', level.uid);
    const seats =
      info.kind === 'resource' && (info.verb === 'list' || info.verb === 'watch')
        ? requestSeats(info.verb, query, objectsOf(info), level.share.limits.nominal)
        : 1;
    return flowControl.enter(flow, seats);
  }

  #refusal(error: unknown, { method, url }: IncomingMessage): KubeApiError {
    if (error instanceof KubeApiError) return error;
    this.#options.log.error({ err: error, method, url }, 'a request failed inside the server');
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
