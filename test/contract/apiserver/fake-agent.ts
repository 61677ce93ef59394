import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { issueCertificate, type KeyPair } from '../../../lib/pki.ts';

/** An agent that notes what it is asked and by whom, and echoes what comes through an upgraded connection. */
export class FakeAgent {
  readonly seen: { readonly url: string; readonly user: string; readonly headers: IncomingMessage['headers'] }[] = [];
  /** Answers plain requests. */
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end('ok');
  #server: Server | undefined;

  get port(): number {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    return address?.port ?? 0;
  }

  async start(ca: KeyPair): Promise<void> {
    const { cert, key } = await issueCertificate(ca, {
      commonName: 'node',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      nowMs: Date.now(),
    });
    const server = createServer(
      { cert, key, ca: ca.cert, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        this.#note(request);
        this.answer(request, response);
      },
    );
    server.on('upgrade', (request, socket, head) => {
      this.#note(request);
      const protocol = request.headers['sec-websocket-protocol'];
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade ?? ''}\r\n${protocol ? `Sec-WebSocket-Protocol: ${protocol}\r\n` : ''}\r\n`,
      );
      socket.on('error', () => socket.destroy());
      if (head.length > 0) socket.write(head);
      socket.pipe(socket);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  #note(request: IncomingMessage): void {
    const user = String((request.socket as TLSSocket).getPeerCertificate().subject.CN);
    this.seen.push({ url: request.url ?? '', user, headers: request.headers });
  }
}
