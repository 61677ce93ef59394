import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../../lib/clock.ts';
import { silentLog } from '../../../lib/log.ts';
import { LogStore } from '../../../log-store/log-store.ts';
import { startElasticsearch } from '../../servers/elasticsearch.ts';
import { startOpenSearch } from '../../servers/opensearch.ts';

/** A store that documents can be sent to. */
export interface RunningStore {
  readonly url: string;
  stop(): Promise<void>;
}

/** Every store that the shipper's and readers' suites run against. */
export const stores: Readonly<Record<'embedded' | 'opensearch' | 'elasticsearch', () => Promise<RunningStore>>> = {
  embedded: startEmbedded,
  opensearch: startOpenSearch,
  elasticsearch: startElasticsearch,
};

async function startEmbedded(dir?: string): Promise<RunningStore> {
  const dataDir = dir ?? mkdtempSync(join(tmpdir(), 'vigil-store-'));
  const retention = { maxBytes: Number.MAX_SAFE_INTEGER, maxAgeMs: Number.MAX_SAFE_INTEGER };
  const store = new LogStore({ dataDir, host: '127.0.0.1', port: 0, retention }, new SystemClock(), silentLog);
  await store.start(new AbortController().signal);
  return {
    url: `http://127.0.0.1:${store.port}`,
    stop: async () => {
      await store.stop(AbortSignal.timeout(5_000));
      if (dir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
