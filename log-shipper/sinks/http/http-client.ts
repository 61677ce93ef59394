import type { Agent, IncomingMessage, RequestOptions } from 'node:http';
import type { Clock } from '../../../lib/clock.ts';
import { messageOf } from '../../../lib/errors.ts';
import { http, https } from '../../../lib/http-module.ts';
import {
  certificatesOrigin,
  connectionStamp,
  credentialsOrigin,
  readConnection,
  type ConnectionConfig,
} from './connection-files.ts';
import { retryAfterMs } from './retry-after.ts';

/** A server that says nothing for this long is asked again. */
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_SOCKETS = 4;
/** Answers are read up to this size: a bulk's item list. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
/** How often files are looked at while all goes well; after a failure, before every request. */
const FILE_CHECK_PERIOD_MS = 1_000;

export interface HttpRequest {
  readonly method: string;
  /** Below the path of the output's URL. */
  readonly path: string;
  readonly body?: Buffer | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: number | undefined;
}

/** Connections that were made with one state of the files. */
interface Transport {
  readonly stamp: string;
  readonly agent: Agent;
  readonly authorization: string | undefined;
  requests: number;
}

/** Requests to one server over kept-alive connections. Credentials and certificates are read again when their files change. */
export class HttpClient {
  readonly #config: ConnectionConfig;
  readonly #clock: Clock;
  readonly #base: URL;
  #transport: Transport | undefined;
  #checkedMs = -Infinity;

  constructor(config: ConnectionConfig, clock: Clock) {
    this.#config = config;
    this.#clock = clock;
    this.#base = new URL(config.url);
  }

  /** Rejects when there was no whole answer, with a message that names the files concerned. */
  async request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const transport = this.#current();
    transport.requests++;
    try {
      const answer = await this.#exchange(transport, request, signal);
      if (answer.status >= 400) this.#checkedMs = -Infinity;
      return answer;
    } catch (error) {
      this.#checkedMs = -Infinity;
      throw this.#isTls(error)
        ? new Error(`${messageOf(error)} (${certificatesOrigin(this.#config)})`, { cause: error })
        : error;
    } finally {
      transport.requests--;
      this.#retire(transport);
    }
  }

  /** What to add to the reason of an answer with this status. */
  hint(status: number): string {
    return status === 401 || status === 403 ? ` (${credentialsOrigin(this.#config)})` : '';
  }

  close(): void {
    this.#transport?.agent.destroy();
  }

  #current(): Transport {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#transport;
    if (known && nowMs - this.#checkedMs < FILE_CHECK_PERIOD_MS) return known;
    const stamp = connectionStamp(this.#config);
    if (known?.stamp === stamp) {
      this.#checkedMs = nowMs;
      return known;
    }
    const { authorization, secureContext } = readConnection(this.#config);
    this.#checkedMs = nowMs;
    const keep = { keepAlive: true, maxSockets: MAX_SOCKETS, keepAliveMsecs: 10_000 };
    const { serverName } = this.#config;
    const agent = secureContext
      ? new https.Agent({ ...keep, secureContext, ...(serverName === undefined ? {} : { servername: serverName }) })
      : new http.Agent(keep);
    this.#transport = { stamp, agent, authorization, requests: 0 };
    if (known) this.#retire(known);
    return this.#transport;
  }

  /** Closes connections that are made no more use of, once the last request on them is through. */
  #retire(transport: Transport): void {
    if (transport !== this.#transport && transport.requests === 0) transport.agent.destroy();
  }

  #exchange(transport: Transport, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { body } = request;
    const isTls = this.#base.protocol === 'https:';
    const options: RequestOptions = {
      method: request.method,
      agent: transport.agent,
      signal,
      timeout: REQUEST_TIMEOUT_MS,
      host: this.#base.hostname.replace(/^\[|\]$/g, ''),
      port: this.#base.port || (isTls ? 443 : 80),
      path: this.#base.pathname.replace(/\/$/, '') + request.path,
      headers: {
        accept: 'application/json',
        ...request.headers,
        ...(body ? { 'content-length': body.length } : {}),
        ...(transport.authorization === undefined ? {} : { authorization: transport.authorization }),
      },
    };
    return new Promise((resolve, reject) => {
      const send = isTls ? https.request : http.request;
      const sent = send(options, (response) => {
        readAnswer(response).then((bytes) => {
          resolve({
            status: response.statusCode ?? 0,
            body: bytes,
            retryAfterMs: retryAfterMs(response.headers['retry-after'], this.#clock.now()),
          });
        }, reject);
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS} ms`)));
      sent.on('error', reject);
      sent.end(body);
    });
  }

  #isTls(error: unknown): boolean {
    const { code } = error as NodeJS.ErrnoException;
    return this.#base.protocol === 'https:' && code !== undefined && /CERT|TLS|SSL|VERIFY|ISSUER/.test(code);
  }
}

function readAnswer(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_RESPONSE_BYTES) response.destroy(new Error('the answer is too long'));
      else chunks.push(chunk);
    });
    response.on('end', () => resolve(Buffer.concat(chunks)));
    response.on('error', reject);
    response.on('close', () => {
      if (!response.complete) reject(new Error('the connection closed in the middle of the answer'));
    });
  });
}
