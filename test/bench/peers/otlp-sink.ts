import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CountingSink } from './counting-sink.ts';
import { countLogRecords } from './otlp-log-count.ts';

/** An OTLP/HTTP receiver of logs in protobuf that counts records and says that each was taken. */
export class OtlpSink implements CountingSink {
  items = 0;
  bytes = 0;
  onBody: ((body: Buffer) => void) | undefined;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.keepAliveTimeout = 60_000;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' || request.url !== '/v1/logs') {
      response.writeHead(404).end();
      return;
    }
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      // The connection was closed in the middle: the sender asks again.
      return;
    }
    const body = Buffer.concat(chunks);
    this.items += countLogRecords(body);
    this.bytes += body.length;
    this.onBody?.(body);
    // An empty ExportLogsServiceResponse: nothing was refused.
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  }
}
