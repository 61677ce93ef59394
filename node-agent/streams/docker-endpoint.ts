import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { VigilError } from '../../lib/errors.ts';
import { http } from '../../lib/http-module.ts';

/** Answers of the engine that are read whole (inspect, create); an inspect is a few KiB. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * The few calls to Docker's engine that carry raw connections. dockerode hides the half-close of standard input that `kubectl cp` and
 * pipes depend on, so exec and attach speak HTTP to the engine themselves. `endpoint` is `unix:///path` or `tcp://host:port`.
 */
export class DockerEndpoint {
  readonly #target: RequestOptions;

  constructor(endpoint: string) {
    const url = new URL(endpoint);
    if (url.protocol === 'unix:') this.#target = { socketPath: decodeURIComponent(url.pathname) };
    else if (url.protocol === 'tcp:' || url.protocol === 'http:')
      this.#target = { host: url.hostname, port: url.port || '2375' };
    else throw new VigilError('DOCKER_ENDPOINT_INVALID', 'invalid', `unsupported Docker endpoint ${endpoint}`);
  }

  /** Sends and receives JSON; rejects with `DOCKER_REQUEST_FAILED` (class by status) carrying the engine's own message. */
  async json<T>(method: 'GET' | 'POST', path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      this.#request(method, path, body, {}, signal).on('response', resolve).on('error', reject).end(text(body));
    });
    const answer = await readAll(response);
    if ((response.statusCode ?? 500) >= 400) throw requestFailed(response.statusCode ?? 500, path, answer);
    return (answer === '' ? undefined : JSON.parse(answer)) as T;
  }

  /** Turns the request's connection into a raw byte stream; ending it half-closes the other side's input. */
  async hijack(path: string, body: unknown, signal?: AbortSignal): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const headers = { Connection: 'Upgrade', Upgrade: 'tcp' };
      const outgoing = this.#request('POST', path, body, headers, signal);
      outgoing.on('upgrade', (_response, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve(socket);
      });
      outgoing.on('response', (response) => {
        readAll(response).then(
          (answer) => reject(requestFailed(response.statusCode ?? 500, path, answer)),
          (error: unknown) => reject(error as Error),
        );
      });
      outgoing.on('error', reject);
      outgoing.end(text(body));
    });
  }

  #request(
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): ClientRequest {
    const length = Buffer.byteLength(text(body));
    return http.request({
      ...this.#target,
      method,
      path,
      agent: false,
      headers: { Host: 'docker', 'Content-Type': 'application/json', 'Content-Length': length, ...headers },
      ...(signal ? { signal } : {}),
    });
  }
}

function text(body: unknown): string {
  return body === undefined ? '' : JSON.stringify(body);
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response) {
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes > MAX_ANSWER_BYTES)
      throw new VigilError(
        'DOCKER_ANSWER_TOO_LARGE',
        'terminal',
        `Docker answered more than ${MAX_ANSWER_BYTES} bytes`,
      );
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function requestFailed(status: number, path: string, answer: string): VigilError {
  let message = answer.trim();
  try {
    message = (JSON.parse(answer) as { message?: string }).message ?? message;
  } catch {
    // Not JSON: the text itself says what is wrong.
  }
  const errorClass =
    status === 404 ? 'notFound' : status === 409 ? 'conflict' : status >= 500 ? 'transient' : 'invalid';
  return new VigilError('DOCKER_REQUEST_FAILED', errorClass, message || `Docker answered ${status} to ${path}`);
}
