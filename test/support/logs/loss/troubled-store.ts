import { Agent, createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a bulk request on its way to the store. */
export type Trouble =
  | 'none'
  /** Answered with this status; nothing is stored. */
  | { readonly status: number }
  /** About one in n items is answered 429, another one each time; the others are stored. */
  | { readonly halfFailed: number }
  /** Stored after a while. */
  | { readonly delayMs: number }
  /** The connection is closed while the body of the request is on its way. */
  | 'closes-in-request'
  /** All of it is stored, but the connection is closed without an answer. */
  | 'closes-before-answer'
  /** All of it is stored, but the connection is closed in the middle of the answer. */
  | 'closes-in-answer';

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

interface BulkAnswer {
  readonly errors: boolean;
  readonly items: readonly unknown[];
}

/** Each trouble at least once, with rests between. */
export const everyTrouble: readonly Trouble[] = [
  'none',
  { status: 503 },
  'none',
  { status: 429 },
  { halfFailed: 2 },
  'closes-in-request',
  'none',
  'closes-before-answer',
  { halfFailed: 3 },
  'closes-in-answer',
  { delayMs: 300 },
];

const rejected = {
  create: { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'asked to fail' } },
};

/** A real store behind a road with holes: passes everything on, except that bulk requests meet what `trouble` says. */
export class TroubledStore {
  /** Asked once for each bulk request, with how many came before it. */
  trouble: (requests: number) => Trouble = () => 'none';
  bulkRequests = 0;
  /** Bulk requests that met any trouble. */
  troubled = 0;
  /** Bulk requests that met none and were answered. */
  stored = 0;
  /** Where it listens. */
  url = '';
  readonly #storePort: number;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #server: Server;

  constructor(storePort: number) {
    this.#storePort = storePort;
    this.#server = createServer((incoming, response) => {
      this.#serve(incoming, response).catch(() => incoming.socket.destroy());
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this.url;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#agent.destroy();
  }

  /** Bulk requests meet `troubles` in turn until `work` is done. */
  async during<T>(troubles: readonly Trouble[], work: () => Promise<T>): Promise<{ result: T; troubled: number }> {
    const before = this.troubled;
    this.trouble = (requests) => troubles[requests % troubles.length] ?? 'none';
    try {
      return { result: await work(), troubled: this.troubled - before };
    } finally {
      this.trouble = () => 'none';
    }
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const isBulk = /^\/[^?]*_bulk(\?|$)/.test(incoming.url ?? '');
    const number = isBulk ? this.bulkRequests++ : 0;
    const trouble = isBulk ? this.trouble(number) : 'none';
    if (trouble !== 'none') this.troubled++;
    if (trouble === 'closes-in-request') {
      incoming.once('data', () => incoming.socket.destroy());
      return;
    }
    const body = await read(incoming);
    if (typeof trouble === 'object' && 'status' in trouble) {
      send(response, { status: trouble.status, body: Buffer.from('{"error":{"reason":"asked to fail"}}') });
      return;
    }
    if (typeof trouble === 'object' && 'delayMs' in trouble) {
      await new Promise((resolve) => setTimeout(resolve, trouble.delayMs));
    }
    const answer =
      typeof trouble === 'object' && 'halfFailed' in trouble
        ? await this.#half(incoming, body, (n) => scattered(n, number) % trouble.halfFailed === 0)
        : await this.#pass(incoming, body);
    if (trouble === 'closes-before-answer') incoming.socket.destroy();
    else if (trouble === 'closes-in-answer') cutOff(response, answer);
    else {
      send(response, answer);
      if (isBulk && trouble === 'none') this.stored++;
    }
  }

  /** Stores all items but those that fail and answers as a store does that had no room for those. */
  async #half(incoming: IncomingMessage, body: Buffer, fails: (item: number) => boolean): Promise<Answer> {
    const lines = body.toString('latin1').split('\n');
    const items: string[] = [];
    for (let n = 0; n + 1 < lines.length; n += 2) items.push(`${lines[n]}\n${lines[n + 1]}\n`);
    const passed = items.filter((_item, n) => !fails(n));
    const answer = passed.length > 0 ? await this.#pass(incoming, Buffer.from(passed.join(''), 'latin1')) : undefined;
    if (answer && answer.status !== 200) return answer;
    const stored = answer ? (JSON.parse(answer.body.toString()) as Partial<BulkAnswer>) : {};
    let next = 0;
    const merged = items.map((_item, n) =>
      fails(n) ? rejected : (stored.items?.[next++] ?? { create: { status: 201 } }),
    );
    return { status: 200, body: Buffer.from(JSON.stringify({ errors: true, items: merged })) };
  }

  #pass(incoming: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { host: _host, connection: _connection, 'content-length': _length, ...headers } = incoming.headers;
      delete headers['transfer-encoding'];
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: this.#storePort,
          agent: this.#agent,
          method: incoming.method,
          path: incoming.url,
          headers: { ...headers, ...(body.length > 0 ? { 'content-length': body.length } : {}) },
        },
        (answer) => {
          read(answer).then((bytes) => resolve({ status: answer.statusCode ?? 502, body: bytes }), reject);
        },
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }
}

/** The same for every run, but no item meets the same answer again and again because requests alternate. */
function scattered(item: number, request: number): number {
  return Math.imul(Math.imul(item + 1, 0x9e3779b1) ^ (request + 1), 0x85ebca6b) >>> 16;
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}

function cutOff(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length });
  response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
}
