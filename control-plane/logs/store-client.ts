import { VigilError, messageOf } from '../../lib/errors.ts';
import { http, https } from '../../lib/http-module.ts';
import { parseKeepingDigits } from '../../lib/exact-json.ts';
import type { StoreAddress } from './store-address.ts';

/** What of a `_search` answer is read here. */
export interface SearchResponse {
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
/** Largest answer read: 10,000 lines of 16 KiB would be more, and is refused rather than held. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** A lean reader of anything that speaks Elasticsearch's search API. Sockets are kept between questions. */
export class LogStoreClient {
  readonly #address: (signal: AbortSignal) => Promise<StoreAddress>;
  readonly #http = new http.Agent({ keepAlive: true, maxSockets: 8 });
  readonly #https = new https.Agent({ keepAlive: true, maxSockets: 8 });

  constructor(address: (signal: AbortSignal) => Promise<StoreAddress>) {
    this.#address = address;
  }

  /** `POST /<index>/_search`. Throws `LOG_STORE_UNAVAILABLE` (transient) or `LOG_QUERY_REFUSED` (invalid: the store's own reason). */
  async search(index: string, body: unknown, signal: AbortSignal): Promise<SearchResponse> {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const address = await this.#address(bounded);
    const path = `${address.basePath}/${index}/_search?ignore_unavailable=true&allow_no_indices=true`;
    const answer = await this.#post(address, path, JSON.stringify(body), bounded);
    if (answer.status >= 200 && answer.status < 300) return parseKeepingDigits(answer.body) as SearchResponse;
    const reason = reasonOf(answer.body);
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429 && answer.status !== 401) {
      throw new VigilError('LOG_QUERY_REFUSED', 'invalid', reason);
    }
    throw new VigilError('LOG_STORE_UNAVAILABLE', 'transient', `the log store answered ${answer.status}: ${reason}`);
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  #post(
    address: StoreAddress,
    path: string,
    body: string,
    signal: AbortSignal,
  ): Promise<{ status: number; body: string }> {
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
          method: 'POST',
          path,
          agent: secure ? this.#https : this.#http,
          signal,
          servername: address.serverName,
          ca: address.ca,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            ...(address.authorization === undefined ? {} : { authorization: address.authorization }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let sizeBytes = 0;
          response.on('data', (chunk: Buffer) => {
            sizeBytes += chunk.length;
            if (sizeBytes > MAX_ANSWER_BYTES)
              response.destroy(new Error(`answer larger than ${MAX_ANSWER_BYTES} bytes`));
            else chunks.push(chunk);
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 500, body: Buffer.concat(chunks).toString('utf8') }),
          );
          response.on('error', fail);
        },
      );
      request.on('error', fail);
      request.end(body);
    });
  }
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
