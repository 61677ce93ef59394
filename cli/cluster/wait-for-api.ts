import type { Clock } from '../../lib/clock.ts';
import type { HttpKubeClient } from '../../lib/kube/http-client.ts';
import { namespaces } from '../../lib/kube/resources.ts';

/** A server that is starting refuses connections, so there is nothing to watch yet: it is asked again after this long. */
const RETRY_MS = 50;

/** Resolves when the API server says that it is ready and lets the administrator in. */
export async function waitForApi(client: HttpKubeClient, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      const { body } = await client.stream({ path: '/readyz', signal });
      body.resume();
      await client.list(namespaces, { limit: 1 }, signal);
      return;
    } catch {
      signal.throwIfAborted();
      await clock.sleep(RETRY_MS, signal);
    }
  }
}
