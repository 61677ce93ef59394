import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createCa, issueCertificate } from '../../../lib/pki.ts';
import type { ApiObject } from './api-client.ts';

export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: string;
  readonly subResource?: string;
  readonly object: ApiObject | null;
  readonly oldObject: ApiObject | null;
}

interface JsonPatchStep {
  readonly op: 'add' | 'replace' | 'remove';
  readonly path: string;
  readonly value?: unknown;
}

/** What a webhook says: nothing against it, a change, or why not. */
export type Verdict = undefined | { readonly patch: readonly JsonPatchStep[] } | { readonly denied: string };

/** Admission webhooks on loopback, a path each. */
export class WebhookServer {
  readonly #server: Server;
  readonly #caBundle: string;

  private constructor(server: Server, caBundle: string) {
    this.#server = server;
    this.#caBundle = caBundle;
  }

  static async start(hooks: Readonly<Record<string, (request: AdmissionRequest) => Verdict>>): Promise<WebhookServer> {
    const nowMs = Date.now();
    const ca = await createCa('webhook-authority', nowMs);
    const pair = await issueCertificate(ca, {
      commonName: 'webhooks',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      nowMs,
    });
    const server = createServer({ cert: pair.cert, key: pair.key }, (request, response) => {
      let text = '';
      request.setEncoding('utf8').on('data', (part: string) => (text += part));
      request.on('end', () => {
        const review = JSON.parse(text) as { readonly request: AdmissionRequest };
        const hook = hooks[(request.url ?? '').slice(1).split('?')[0] ?? ''];
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({
            apiVersion: 'admission.k8s.io/v1',
            kind: 'AdmissionReview',
            response: { uid: review.request.uid, ...answerOf(hook?.(review.request)) },
          }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new WebhookServer(server, Buffer.from(ca.cert).toString('base64'));
  }

  /** How the API server reaches the hook of that name. */
  clientConfig(hook: string): object {
    const { port } = this.#server.address() as AddressInfo;
    return { url: `https://127.0.0.1:${port}/${hook}`, caBundle: this.#caBundle };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function answerOf(verdict: Verdict): object {
  if (verdict === undefined) return { allowed: true };
  if ('denied' in verdict) return { allowed: false, status: { message: verdict.denied } };
  const patch = Buffer.from(JSON.stringify(verdict.patch)).toString('base64');
  return { allowed: true, patchType: 'JSONPatch', patch };
}
