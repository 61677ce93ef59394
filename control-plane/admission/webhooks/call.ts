import { isIP } from 'node:net';
import { https } from '../../../lib/http-module.ts';
import type { Endpoint } from './endpoint.ts';

/** An answer carries a patch at most as large as an object may be, and its encoding. */
const MAX_ANSWER_BYTES = 6 * 1024 * 1024;

/** Sends a review and resolves with the parsed answer. Rejects with an `Error` when there is none in time, or it is none. */
export function callWebhook(endpoint: Endpoint, review: object, timeoutMs: number): Promise<unknown> {
  const body = Buffer.from(JSON.stringify(review));
  return new Promise((resolve, reject) => {
    const request = https.request(
      {
        method: 'POST',
        host: endpoint.host,
        port: endpoint.port,
        path: endpoint.path,
        ...(isIP(endpoint.serverName) === 0 ? { servername: endpoint.serverName } : {}),
        ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
        headers: { 'content-type': 'application/json', 'content-length': body.length, host: endpoint.serverName },
        signal: AbortSignal.timeout(timeoutMs),
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_ANSWER_BYTES)
            request.destroy(new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.once('error', reject);
        response.once('end', () => {
          if (response.statusCode !== 200) {
            reject(new Error(`the server answered ${response.statusCode}`));
            return;
          }
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
          } catch (cause) {
            reject(new Error('the answer is not JSON', { cause }));
          }
        });
      },
    );
    request.once('error', (error) =>
      reject(error.name === 'TimeoutError' ? new Error('context deadline exceeded', { cause: error }) : error),
    );
    request.end(body);
  });
}
