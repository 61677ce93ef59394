import { SystemClock } from '../../../lib/clock.ts';
import type { RetentionConfig } from '../../../lib/config/log-shipper.ts';
import { install, type Installed } from '../../../log-shipper/sinks/elasticsearch/install.ts';
import { HttpClient } from '../../../log-shipper/sinks/http/http-client.ts';

/** Installs on a server what the shipper would, by the same code. */
export async function installTemplates(url: string, retention?: RetentionConfig): Promise<Installed> {
  const client = new HttpClient({ name: 'test', url }, new SystemClock());
  try {
    return await install(client, retention, AbortSignal.timeout(60_000));
  } finally {
    client.close();
  }
}
