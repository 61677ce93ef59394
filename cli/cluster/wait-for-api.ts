import { readFileSync } from 'node:fs';
import type { Clock } from '../../lib/clock.ts';
import { HttpTransport } from '../../lib/kube/http-transport.ts';
import type { ClusterHome } from './cluster-home.ts';
import { pkiFiles } from './pki-files.ts';

/** A server that is starting refuses connections, so there is nothing to watch yet: it is asked again after this long. */
const RETRY_MS = 50;
const REQUEST_TIMEOUT_MS = 2000;

/** Resolves when the API server says that it is ready. */
export async function waitForApi(server: string, home: ClusterHome, clock: Clock, signal: AbortSignal): Promise<void> {
  const http = new HttpTransport({
    server,
    ca: readFileSync(pkiFiles(home.pki).ca.cert, 'utf8'),
    clock,
    timeoutMs: REQUEST_TIMEOUT_MS,
  });
  try {
    for (;;) {
      try {
        const { body } = await http.stream({ path: '/readyz', signal });
        body.resume();
        return;
      } catch {
        signal.throwIfAborted();
        await clock.sleep(RETRY_MS, signal);
      }
    }
  } finally {
    http.close();
  }
}
