import { VigilError, messageOf } from '../../lib/errors.ts';
import { http, https } from '../../lib/http-module.ts';
import { parseWithExactSort } from './exact-sort.ts';
import type { StoreAddress } from './store-address.ts';

/** What of a `_search` answer is read here. */
export interface SearchResponse {
  /** The store gave up before it had looked at everything. */
  readonly timed_out?: boolean;
  readonly hits: {
    readonly total?: { readonly value: number; readonly relation: 'eq' | 'gte' };
    readonly hits: readonly SearchHit[];
  };
  readonly aggregations?: Readonly<Record<string, unknown>>;
}

export interface SearchHit {
  readonly _id: string;
  readonly _index: string;
  readonly _source: Readonly<Record<string, unknown>>;
  readonly sort?: readonly unknown[];
}

/** Longest wait for an answer. */
const TIMEOUT_MS = 30_000;
/** Largest answer read: more is not held, but asked for in smaller pages. */
const MAX_ANSWER_BYTES = 48 * 1024 * 1024;
/** The media type of searches in one request. */
const MULTI_TYPE = 'application/x-ndjson';

/** A lean reader of anything that speaks Elasticsearch's search API. Sockets are kept between questions. */
export class LogStoreClient {
  readonly #address: (signal: AbortSignal) => Promise<StoreAddress>;
  readonly #http = new http.Agent({ keepAlive: true, maxSockets: 8 });
  readonly #https = new https.Agent({ keepAlive: true, maxSockets: 8 });

  constructor(address: (signal: AbortSignal) => Promise<StoreAddress>) {
    this.#address = address;
  }

  /**
   * `POST /<index>/_search`. Throws `LOG_STORE_UNAVAILABLE` (transient), `LOG_QUERY_REFUSED` (invalid: the store's own reason) or `LOG_ANSWER_TOO_LARGE` (invalid: ask for
   * fewer).
   */
  async search(index: string, body: unknown, signal: AbortSignal): Promise<SearchResponse> {
    const path = `/${index}/_search?ignore_unavailable=true&allow_no_indices=true`;
    return whole((await this.#ask(path, 'application/json', JSON.stringify(body), signal)) as SearchResponse);
  }

  /** Several searches in one request, answered in their order. Throws as `search` does, for the first one that failed. */
  async multiSearch(
    index: string,
    bodies: readonly unknown[],
    signal: AbortSignal,
  ): Promise<readonly SearchResponse[]> {
    const head = JSON.stringify({ index, ignore_unavailable: true, allow_no_indices: true });
    const lines = bodies.map((body) => `${head}\n${JSON.stringify(body)}\n`).join('');
    const answer = (await this.#ask('/_msearch', MULTI_TYPE, lines, signal)) as {
      readonly responses: readonly (SearchResponse & { readonly error?: unknown; readonly status?: number })[];
    };
    for (const { error, status = 500 } of answer.responses)
      if (error !== undefined) throw failure(status, JSON.stringify({ error }));
    return answer.responses.map(whole);
  }

  /** The embedded store's metrics as text; `undefined` when the store is another one. Throws `LOG_STORE_UNAVAILABLE`. */
  async metrics(signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.#send('GET', '/_metrics', undefined, signal);
    if (answer.status === 200) return answer.body;
    if (answer.status >= 500 || answer.status === 429) throw failure(answer.status, answer.body);
    return undefined;
  }

  async #ask(path: string, type: string, text: string, signal: AbortSignal): Promise<unknown> {
    const answer = await this.#send('POST', path, { type, text }, signal);
    if (answer.status >= 200 && answer.status < 300) return parseWithExactSort(answer.body);
    throw failure(answer.status, answer.body);
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    body: { readonly type: string; readonly text: string } | undefined,
    asked: AbortSignal,
  ): Promise<{ status: number; body: string }> {
    const signal = AbortSignal.any([asked, AbortSignal.timeout(TIMEOUT_MS)]);
    const address = await this.#address(signal);
    const secure = address.protocol === 'https';
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(
          new VigilError('LOG_STORE_UNAVAILABLE', 'transient', `the log store cannot be reached: ${messageOf(cause)}`, {
            cause,
          }),
        );
      const request = (secure ? https : http).request(
        {
          host: address.host,
          port: address.port,
          method,
          path: address.basePath + path,
          agent: secure ? this.#https : this.#http,
          signal,
          servername: address.serverName,
          ca: address.ca,
          headers: {
            ...(body && { 'content-type': body.type, 'content-length': Buffer.byteLength(body.text) }),
            ...(address.authorization === undefined ? {} : { authorization: address.authorization }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let sizeBytes = 0;
          response.on('data', (chunk: Buffer) => {
            sizeBytes += chunk.length;
            if (sizeBytes <= MAX_ANSWER_BYTES) return void chunks.push(chunk);
            reject(
              new VigilError('LOG_ANSWER_TOO_LARGE', 'invalid', `the answer is larger than ${MAX_ANSWER_BYTES} bytes`),
            );
            response.destroy();
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 500, body: Buffer.concat(chunks).toString('utf8') }),
          );
          response.on('error', fail);
        },
      );
      request.on('error', fail);
      request.end(body?.text);
    });
  }
}

/** A part of an answer would look like all of it. */
function whole(answer: SearchResponse): SearchResponse {
  if (answer.timed_out !== true) return answer;
  const message = 'the log store ran out of time before it had looked at everything: ask for a shorter time';
  throw new VigilError('LOG_STORE_UNAVAILABLE', 'transient', message);
}

function failure(status: number, body: string): VigilError {
  const reason = reasonOf(body);
  if (status >= 400 && status < 500 && status !== 429 && status !== 401) {
    return new VigilError('LOG_QUERY_REFUSED', 'invalid', reason);
  }
  return new VigilError('LOG_STORE_UNAVAILABLE', 'transient', `the log store answered ${status}: ${reason}`);
}

/** The store's own words: `error.root_cause[0].reason` where there is one. */
function reasonOf(body: string): string {
  try {
    const parsed = JSON.parse(body) as { error?: { reason?: string; root_cause?: { reason?: string }[] } | string };
    if (typeof parsed.error === 'string') return parsed.error;
    return parsed.error?.root_cause?.[0]?.reason ?? parsed.error?.reason ?? body.slice(0, 500);
  } catch {
    return body.slice(0, 500);
  }
}
