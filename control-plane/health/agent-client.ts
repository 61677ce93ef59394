import type { IncomingMessage } from 'node:http';
import type { Agent } from 'node:https';
import { createSecureContext } from 'node:tls';
import { VigilError } from '../../lib/errors.ts';
import { https } from '../../lib/http-module.ts';
import type { AgentAddress } from './agent-address.ts';

/** Connections to one agent: the signal stream, the stats poll and a few log tails. */
const MAX_SOCKETS_PER_AGENT = 8;
/** A connection that is up but silent is checked by the kernel, so that a vanished machine is noticed. */
const KEEP_ALIVE_MS = 5_000;
/** A `Status` with a sentence; the rest of a longer refusal is not read. */
const MAX_REFUSAL_BYTES = 4 * 1024;
/** A termination record with 20 lines of 1 KiB, every byte escaped. */
const MAX_LINE_BYTES = 256 * 1024;

export interface GetOptions {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** How the control plane asks agents. Failures are `VigilError`s of class `transient`; an aborted `signal` rejects with its reason. */
export interface AgentClient {
  /** The body of a 200 answer. */
  getText(address: AgentAddress, path: string, options: GetOptions, signal: AbortSignal): Promise<string>;
  /** Each non-empty line of a 200 answer as it comes. `onOpen` is called when the answer has begun. */
  lines(address: AgentAddress, path: string, signal: AbortSignal, onOpen?: () => void): AsyncIterable<string>;
}

export interface AgentCredentials {
  /** PEM. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Over HTTPS with the control plane's client certificate; the agent's own must carry its address and come from the cluster's CA. */
export class HttpsAgentClient implements AgentClient {
  readonly #agent: Agent;

  constructor(credentials: AgentCredentials) {
    this.#agent = new https.Agent({
      // Made once: a connection that makes its own reads all certificates again, five times the work, and holds 50 KB for as long as it is open.
      secureContext: createSecureContext({ ...credentials, minVersion: 'TLSv1.2' }),
      keepAlive: true,
      keepAliveMsecs: KEEP_ALIVE_MS,
      maxSockets: MAX_SOCKETS_PER_AGENT,
      maxFreeSockets: 1,
    });
  }

  getText(address: AgentAddress, path: string, options: GetOptions, signal: AbortSignal): Promise<string> {
    return this.send('GET', address, path, options, signal);
  }

  /** A request without a body; resolves with the body of a 200 answer. */
  async send(
    method: 'GET' | 'PUT' | 'DELETE',
    address: AgentAddress,
    path: string,
    options: GetOptions,
    signal: AbortSignal,
  ): Promise<string> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
    try {
      const response = await this.#open(method, address, path, limit);
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of response as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > options.maxBytes) {
          response.destroy();
          throw new Error(`the answer is longer than ${options.maxBytes} bytes`);
        }
        chunks.push(chunk);
      }
      return Buffer.concat(chunks).toString('utf8');
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(address, path, limit.aborted ? new Error(`no answer in ${options.timeoutMs} ms`) : error);
    }
  }

  async *lines(
    address: AgentAddress,
    path: string,
    signal: AbortSignal,
    onOpen: () => void = () => {},
  ): AsyncGenerator<string> {
    try {
      const response = await this.#open('GET', address, path, signal);
      response.socket.setKeepAlive(true, KEEP_ALIVE_MS);
      onOpen();
      yield* splitLines(response as AsyncIterable<Buffer>);
    } catch (error) {
      signal.throwIfAborted();
      throw unreachable(address, path, error);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(method: string, address: AgentAddress, path: string, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const call = https.request({
        agent: this.#agent,
        host: address.host,
        port: address.port,
        path,
        method,
        signal,
      });
      call.once('error', reject);
      call.once('response', (response) => {
        if (response.statusCode === 200) {
          resolve(response);
          return;
        }
        void refusalOf(response).then((why) =>
          reject(new Error(`the agent answered ${response.statusCode ?? 0}${why}`)),
        );
      });
      call.end();
    });
  }
}

/** `: ` and the message of the Status that an answer carries; nothing when it carries none. */
async function refusalOf(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
      if (text.length < MAX_REFUSAL_BYTES) text += chunk;
    }
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === 'string' ? `: ${message}` : '';
  } catch {
    // Cut off, or not a Status: the code says enough.
    return '';
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const piece = chunk.subarray(start, end);
      const line = (rest.length > 0 ? Buffer.concat([rest, piece]) : piece).toString('utf8').trim();
      rest = Buffer.alloc(0);
      start = end + 1;
      if (line !== '') yield line;
    }
    rest = rest.length > 0 ? Buffer.concat([rest, chunk.subarray(start)]) : Buffer.from(chunk.subarray(start));
    if (rest.length > MAX_LINE_BYTES) throw new Error(`a line is longer than ${MAX_LINE_BYTES} bytes`);
  }
}

function unreachable(address: AgentAddress, path: string, cause: unknown): VigilError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const route = path.split('?')[0] ?? path;
  return new VigilError('AGENT_UNREACHABLE', 'transient', `agent of ${address.node}, ${route}: ${why}`, { cause });
}
