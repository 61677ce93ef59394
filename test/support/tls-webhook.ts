import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCa, issueCertificate } from '../../lib/pki.ts';

/** Reviews that are kept: a test looks at a few. */
const MAX_ASKED = 1_000;

type Json = Readonly<Record<string, unknown>>;

/** One review as it came in. */
export interface Asked {
  readonly path: string;
  readonly review: { readonly kind: string; readonly apiVersion: string; readonly request: Json & { uid: string } };
}

/** A webhook on loopback with a certificate of its own CA: what it is asked is kept, and it says what the test wants. */
export class TlsWebhook {
  readonly #server: Server;
  readonly #ca: string;
  readonly asked: Asked[] = [];
  /** The `response`, to which the review's uid is added; `undefined` = it does not answer. */
  says: (asked: Asked) => Json | undefined = () => ({ allowed: true });

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.#ca = ca;
  }

  static async start(): Promise<TlsWebhook> {
    const nowMs = Date.now();
    const ca = await createCa('test', nowMs);
    const { cert, key } = await issueCertificate(ca, {
      commonName: 'webhook',
      dnsNames: ['hook.default.svc'],
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      nowMs,
    });
    const server = createServer({ cert, key });
    const webhook = new TlsWebhook(server, ca.cert);
    server.on('request', (request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const review = JSON.parse(body) as Asked['review'];
        const asked = { path: request.url ?? '', review };
        webhook.asked.push(asked);
        if (webhook.asked.length > MAX_ASKED) webhook.asked.shift();
        const answer = webhook.says(asked);
        if (!answer) return;
        const { apiVersion, kind } = review;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ apiVersion, kind, response: { uid: review.request.uid, ...answer } }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return webhook;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** As configurations name a webhook. */
  clientConfig(path = '/'): Json {
    return { url: `https://127.0.0.1:${this.port}${path}`, caBundle: this.caBundle };
  }

  get caBundle(): string {
    return Buffer.from(this.#ca).toString('base64');
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
