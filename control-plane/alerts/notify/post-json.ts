import { VigilError } from '../../../lib/errors.ts';
import { http, https } from '../../../lib/http-module.ts';

const TIMEOUT_MS = 10_000;

/** Sends JSON and resolves when a 2xx came back. Rejects with `VigilError`: `transient` is worth another try, `terminal` is not. */
export type PostJson = (url: string, body: unknown, caCert: string | undefined, signal: AbortSignal) => Promise<void>;

export const postJson: PostJson = (url, body, caCert, signal) =>
  new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const isSecure = new URL(url).protocol === 'https:';
    const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const call = (isSecure ? https : http).request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        'user-agent': 'vigil-alerts',
      },
      signal: limit,
      ...(isSecure && caCert !== undefined ? { ca: caCert } : {}),
    });
    call.once('error', (cause) => {
      const why = limit.aborted && !signal.aborted ? `no answer in ${TIMEOUT_MS / 1000} s` : cause.message;
      reject(new VigilError('WEBHOOK_UNREACHABLE', 'transient', why, { cause }));
    });
    call.once('response', (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) resolve();
      else if (status >= 500 || status === 429 || status === 408) {
        reject(new VigilError('WEBHOOK_UNAVAILABLE', 'transient', `the receiver answered ${status}`));
      } else reject(new VigilError('WEBHOOK_REFUSED', 'terminal', `the receiver answered ${status}`));
    });
    call.end(text);
  });
