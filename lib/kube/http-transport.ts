import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { KubeApiError } from './client.ts';
import type { Status } from './types.ts';

/** Connections of one client: a watch for each kind and what runs beside them. */
const MAX_SOCKETS = 256;
/** Lists come in pages, so that no answer is larger than this. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
/** An error's body is a `Status`; anything longer is not one. */
const MAX_ERROR_BYTES = 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;

/** Where a request goes, and what it says beside its own headers. */
export interface HttpDestination {
  readonly agent: Agent;
  readonly host: string;
  readonly port: number | string;
  readonly headers: OutgoingHttpHeaders;
}

export interface HttpTransportOptions {
  /** `https://127.0.0.1:6443`. */
  readonly server: string;
  /** PEM texts. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** A function is asked for every request, so that tokens may rotate. */
  readonly token?: string | (() => string) | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  /** The name that the server's certificate must carry, when it is not the host of `server`. */
  readonly tlsServerName?: string | undefined;
  readonly userAgent?: string | undefined;
  /** Where a request of a path goes instead of to `server`, and with which headers. Throws an `Error` when there is nobody to ask. */
  readonly route?: ((path: string) => HttpDestination) | undefined;
  readonly clock: Clock;
  /** Until the answer's head, and for JSON answers its body, has arrived. */
  readonly timeoutMs?: number | undefined;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | undefined;
  /** Path with query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A successful answer whose body is still to be read. Read it to its end or destroy it. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

/**
 * Requests to one API server over kept-alive TLS connections. Every failure is a `KubeApiError`: the server's `Status` when it gave one; 503 `ServiceUnavailable`
 * when it cannot be reached; 504 `Timeout` when it does not answer. An aborted signal rejects with its reason.
 */
export class HttpTransport {
  readonly #options: HttpTransportOptions;
  readonly #agent: Agent;
  readonly #server: URL;
  /** Set when the server could not be reached or did not answer in time, until it answers again. */
  #hasTrouble = false;
  #onRecovered: () => void = () => {};

  constructor(options: HttpTransportOptions) {
    this.#options = options;
    this.#server = new URL(options.server);
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: MAX_SOCKETS,
      ca: options.ca,
      cert: options.cert,
      key: options.key,
      rejectUnauthorized: options.insecureSkipTlsVerify !== true,
      ...(options.tlsServerName ? { servername: options.tlsServerName } : {}),
    });
  }

  /** Called when the server answers again after it could not be reached or did not answer in time. */
  whenRecovered(run: () => void): void {
    this.#onRecovered = run;
  }

  /** Ends all connections. */
  close(): void {
    this.#agent.destroy();
  }

  /** Resolves when the head of a 2xx answer is there; the body streams until `signal` aborts. */
  async stream(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#send(request, this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    if (answer.status >= 200 && answer.status < 300) return answer;
    const text = (await readAll(answer.body, MAX_ERROR_BYTES)).toString('utf8');
    throw new KubeApiError(statusOf(answer.status, text, request));
  }

  /** Sends JSON (when `body` is given) and reads the JSON answer. */
  async json(request: Omit<HttpRequest, 'body'> & { readonly body?: unknown }): Promise<unknown> {
    const timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const timeout = new AbortController();
    const cancel = this.#options.clock.after(timeoutMs, () => timeout.abort(timeoutError(request, timeoutMs)));
    try {
      const signal = request.signal ? AbortSignal.any([request.signal, timeout.signal]) : timeout.signal;
      const answer = await this.stream({
        ...request,
        signal,
        headers: { accept: 'application/json', 'content-type': 'application/json', ...request.headers },
        body: request.body === undefined ? undefined : JSON.stringify(request.body),
      });
      const bytes = await readAll(answer.body, MAX_ANSWER_BYTES);
      this.#noteAnswer();
      return JSON.parse(bytes.toString('utf8')) as unknown;
    } catch (error) {
      this.#noteFailure(error, request.signal);
      request.signal?.throwIfAborted();
      if (timeout.signal.aborted) throw timeout.signal.reason;
      throw asApiError(error, request);
    } finally {
      cancel();
    }
  }

  #noteAnswer(): void {
    if (!this.#hasTrouble) return;
    this.#hasTrouble = false;
    this.#onRecovered();
  }

  /** A refusal is an answer like any other; what counts is silence, also when it is the caller who ran out of patience. */
  #noteFailure(error: unknown, signal: AbortSignal | undefined): void {
    const wasAnswered = error instanceof KubeApiError && error.cause === undefined && error.reason !== 'Timeout';
    if (wasAnswered) this.#noteAnswer();
    else if (!signal?.aborted || (signal.reason as Error | undefined)?.name === 'TimeoutError') this.#hasTrouble = true;
  }

  #send(request: HttpRequest, timeoutMs: number): Promise<HttpAnswer> {
    const { signal } = request;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const method = request.method ?? 'GET';
      const to = this.#addressOf(request);
      const outgoing = httpsRequest({
        ...to,
        path: `${this.#server.pathname.replace(/\/$/, '')}${request.path}`,
        method,
        headers: { ...this.#ownHeaders(), ...to.headers, ...framing(request.body), ...request.headers },
        signal,
      });
      const cancel = this.#options.clock.after(timeoutMs, () => outgoing.destroy(timeoutError(request, timeoutMs)));
      outgoing.once('response', (body) => {
        cancel();
        resolve({ status: body.statusCode ?? 0, headers: body.headers, body });
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        cancel();
        if (signal?.aborted) reject(signal.reason as Error);
        else if (method === 'GET' && outgoing.reusedSocket && error.code === 'ECONNRESET') {
          // The server closed an idle connection just as it was taken up again: nothing was served, ask once more.
          resolve(this.#send(request, timeoutMs));
        } else reject(asApiError(error, request));
      });
      outgoing.end(request.body);
    });
  }

  #addressOf(request: HttpRequest): HttpDestination {
    const { route } = this.#options;
    if (!route)
      return {
        agent: this.#agent,
        host: this.#server.hostname.replace(/^\[|\]$/g, ''),
        port: this.#server.port || 443,
        headers: {},
      };
    try {
      return route(request.path);
    } catch (error) {
      throw asApiError(error, request);
    }
  }

  #ownHeaders(): Record<string, string> {
    const { token, userAgent } = this.#options;
    const bearer = typeof token === 'function' ? token() : token;
    return {
      'user-agent': userAgent ?? 'vigil',
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
    };
  }
}

/** Said for every method: without it Node sends the body of a DELETE without saying where it ends. */
function framing(body: string | Uint8Array | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
}

async function readAll(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function asApiError(error: unknown, request: Pick<HttpRequest, 'method' | 'path'>): KubeApiError {
  if (error instanceof KubeApiError) return error;
  return new KubeApiError(
    {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      reason: 'ServiceUnavailable',
      code: 503,
      message: `${request.method ?? 'GET'} ${request.path}: ${messageOf(error)}`,
    },
    { cause: error },
  );
}

function timeoutError(request: Pick<HttpRequest, 'method' | 'path'>, timeoutMs: number): KubeApiError {
  return new KubeApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: 'Timeout',
    code: 504,
    message: `${request.method ?? 'GET'} ${request.path}: no answer within ${timeoutMs / 1000} s`,
  });
}

/** The `Status` that the server sent, or one made of what it sent instead. */
function statusOf(httpStatus: number, body: string, request: Pick<HttpRequest, 'method' | 'path'>): Status {
  try {
    const parsed = JSON.parse(body) as Status;
    if (typeof parsed === 'object' && parsed !== null && parsed.kind === 'Status') {
      return { ...parsed, code: parsed.code ?? httpStatus };
    }
  } catch {
    // Not JSON: told as it came.
  }
  const said = body.trim().slice(0, 1024);
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: reasons[httpStatus] ?? 'Unknown',
    code: httpStatus,
    message: said === '' ? `${request.method ?? 'GET'} ${request.path}: the server answered ${httpStatus}` : said,
  };
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};
