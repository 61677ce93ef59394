import { createServer, type Server } from 'node:https';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createCa, issueCertificate, type KeyPair } from '../../../lib/pki.ts';
import type { SequencedSignal, Signal } from '../../../lib/signals/records.ts';

/** Certificates of a cluster for tests: an authority, and what the control plane shows to agents. */
export interface TestPki {
  readonly ca: KeyPair;
  readonly client: KeyPair;
}

export async function testPki(): Promise<TestPki> {
  const nowMs = Date.now();
  const ca = await createCa('test', nowMs);
  return { ca, client: await issueCertificate(ca, { commonName: 'agent-client', usages: ['client'], nowMs }) };
}

/** An agent without containers: a real HTTPS server that asks for the control plane's certificate and says what a test tells it to say. */
export class FakeAgent {
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  #signals: SequencedSignal[] = [];
  #epoch = 'epoch-1';
  #port = 0;
  /** Body of `/stats/summary`. */
  stats: unknown = {};
  /** Body of every container log. */
  log = '';
  readonly paths: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      const path = request.url ?? '';
      this.paths.push(path);
      if (!(request.socket as TLSSocket).authorized) response.writeHead(401).end();
      else if (path.startsWith('/vigil/v1/signals')) this.#stream(response);
      else if (path === '/stats/summary') response.writeHead(200).end(JSON.stringify(this.stats));
      else if (path.startsWith('/containerLogs/')) response.writeHead(200).end(this.log);
      else response.writeHead(404).end();
    });
  }

  static async start(pki: TestPki): Promise<FakeAgent> {
    const usages = ['server'] as const;
    const pair = await issueCertificate(pki.ca, {
      commonName: 'system:node:fake',
      ipAddresses: ['127.0.0.1'],
      usages,
      nowMs: Date.now(),
    });
    const agent = new FakeAgent(
      createServer({ ...pair, ca: pki.ca.cert, requestCert: true, rejectUnauthorized: false }),
    );
    await new Promise<void>((resolve) => agent.#server.listen(0, '127.0.0.1', resolve));
    agent.#port = (agent.#server.address() as AddressInfo).port;
    return agent;
  }

  get port(): number {
    return this.#port;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  say(signal: Signal): void {
    const sequenced = { epoch: this.#epoch, seq: this.#signals.length + 1, signal };
    this.#signals.push(sequenced);
    for (const stream of this.#streams) stream.write(`${JSON.stringify(sequenced)}\n`);
  }

  /** As a restarted agent: connections break, and numbers begin anew. */
  restart(epoch: string): void {
    this.dropStreams();
    this.#epoch = epoch;
    this.#signals = [];
  }

  dropStreams(): void {
    for (const stream of this.#streams) stream.destroy();
    this.#streams.clear();
  }

  async close(): Promise<void> {
    this.dropStreams();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.flushHeaders();
    for (const sequenced of this.#signals) response.write(`${JSON.stringify(sequenced)}\n`);
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
  }
}
