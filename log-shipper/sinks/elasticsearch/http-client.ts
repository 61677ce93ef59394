import { readFileSync } from 'node:fs';
import type { Agent, RequestOptions } from 'node:http';
import type { LogShipperConfig } from '../../../lib/config/log-shipper.ts';
import { http, https } from '../../../lib/http-module.ts';

/** A store that says nothing for this long is asked again. */
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_SOCKETS = 4;
/** Answers are read up to this size: a bulk's item list. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Requests to one Elasticsearch or OpenSearch over kept-alive connections. Credentials are read anew for each connection failure, so rotated keys are taken up. */
export class HttpClient {
  readonly #output: LogShipperConfig['output'];
  readonly #base: URL;
  readonly #agent: Agent;
  #authorization: string | undefined;

  constructor(output: LogShipperConfig['output']) {
    this.#output = output;
    this.#base = new URL(output.url);
    const file = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
    const keep = { keepAlive: true, maxSockets: MAX_SOCKETS, keepAliveMsecs: 10_000 };
    this.#agent =
      this.#base.protocol === 'https:'
        ? new https.Agent({
            ...keep,
            ca: file(output.caCert),
            cert: file(output.clientCert),
            key: file(output.clientKey),
            minVersion: 'TLSv1.2',
            ...(output.serverName === undefined ? {} : { servername: output.serverName }),
          })
        : new http.Agent(keep);
    this.#authorization = this.#readCredentials();
  }

  request(
    method: string,
    path: string,
    body: Buffer | undefined,
    contentType: string,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const options: RequestOptions = {
        method,
        agent: this.#agent,
        signal,
        timeout: REQUEST_TIMEOUT_MS,
        host: this.#base.hostname.replace(/^\[|\]$/g, ''),
        port: this.#base.port || (this.#base.protocol === 'https:' ? 443 : 80),
        path: this.#base.pathname.replace(/\/$/, '') + path,
        headers: {
          ...(body ? { 'content-type': contentType, 'content-length': body.length } : {}),
          accept: 'application/json',
          ...(this.#authorization === undefined ? {} : { authorization: this.#authorization }),
        },
      };
      const send = this.#base.protocol === 'https:' ? https.request : http.request;
      const request = send(options, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_RESPONSE_BYTES) response.destroy(new Error('the answer is too long'));
          else chunks.push(chunk);
        });
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          if (status === 401) this.#authorization = this.#readCredentials();
          resolve({ status, body: Buffer.concat(chunks).toString() });
        });
        response.on('error', reject);
        response.on('close', () => {
          if (!response.complete) reject(new Error('the connection closed in the middle of the answer'));
        });
      });
      request.on('timeout', () => request.destroy(new Error(`no answer within ${REQUEST_TIMEOUT_MS} ms`)));
      request.on('error', reject);
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #readCredentials(): string | undefined {
    const { apiKeyFile, username, passwordFile } = this.#output;
    if (apiKeyFile !== undefined) return `ApiKey ${readFileSync(apiKeyFile, 'utf8').trim()}`;
    if (username === undefined || passwordFile === undefined) return undefined;
    const password = readFileSync(passwordFile, 'utf8').replace(/\r?\n$/, '');
    return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
}
