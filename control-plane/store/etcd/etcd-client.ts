import { readFileSync } from 'node:fs';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { EtcdConfig } from '../../../lib/config/control-plane.ts';
import { VigilError } from '../../../lib/errors.ts';
import { http, https } from '../../../lib/http-module.ts';

/** Requests under way at once; more wait for a connection. */
const MAX_SOCKETS = 64;
const REQUEST_TIMEOUT_MS = 10_000;
/** etcd itself refuses larger requests unless it is told otherwise; lists may be larger. */
const MAX_ANSWER_BYTES = 1024 * 1024 * 1024;

/** Asks etcd through its JSON gateway. A member that does not answer is left for the next one. */
export class EtcdClient {
  readonly #endpoints: readonly URL[];
  readonly #tls: {
    readonly ca: string | undefined;
    readonly cert: string | undefined;
    readonly key: string | undefined;
  };
  readonly #agents: {
    readonly http: InstanceType<typeof http.Agent>;
    readonly https: InstanceType<typeof https.Agent>;
  };
  #current = 0;

  constructor(config: EtcdConfig) {
    this.#endpoints = config.endpoints.map((endpoint) => new URL(endpoint));
    const text = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path, 'utf8'));
    this.#tls = { ca: text(config.caCert), cert: text(config.cert), key: text(config.key) };
    const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
    this.#agents = { http: new http.Agent(agent), https: new https.Agent(agent) };
  }

  /** One question, one answer. Rejects with a `VigilError`; whether a write has happened is then not known. */
  async ask<T>(path: string, body: object): Promise<T> {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const response = await this.open(path, body, signal);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) throw failure(path, `the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString('utf8');
    if (response.statusCode !== 200) throw failure(path, `answered ${response.statusCode}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as T;
  }

  /** The response itself, whose body goes on until `signal` aborts. */
  open(path: string, body: object, signal: AbortSignal): Promise<IncomingMessage> {
    const endpoint = this.#endpoints[this.#current % this.#endpoints.length];
    if (!endpoint) return Promise.reject(failure(path, 'there is no endpoint'));
    const bytes = Buffer.from(JSON.stringify(body));
    const url = new URL(path, endpoint);
    const isPlain = url.protocol === 'http:';
    const options: RequestOptions = {
      method: 'POST',
      signal,
      agent: isPlain ? this.#agents.http : this.#agents.https,
      headers: { 'content-type': 'application/json', 'content-length': bytes.length },
    };
    return new Promise((resolve, reject) => {
      const request: ClientRequest = isPlain
        ? http.request(url, options)
        : https.request(url, { ...options, ...this.#tls });
      request.once('response', resolve);
      request.once('error', (error) => {
        this.#current++;
        reject(failure(path, error.message, error));
      });
      request.end(bytes);
    });
  }

  close(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
}

function failure(path: string, what: string, cause?: unknown): VigilError {
  return new VigilError('ETCD_FAILED', 'transient', `etcd: ${path}: ${what}`, { cause });
}
