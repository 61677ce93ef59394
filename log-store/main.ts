import { SystemClock } from '../lib/clock.ts';
import { runComponents, terminationSignal } from '../lib/component.ts';
import { messageOf } from '../lib/errors.ts';
import { startLean } from '../lib/lean-start.ts';
import { createLog } from '../lib/log.ts';
import { readLogStoreConfig } from './config.ts';
import { LogStore } from './log-store.ts';

/** `node log-store/main.ts --data-dir DIR [--port 9200] …`: see `config.ts` for all flags. */
async function main(): Promise<void> {
  await startLean([new URL('./search/search-worker.ts', import.meta.url)]);
  const config = readLogStoreConfig(process.argv.slice(2), process.env);
  const log = createLog('log-store', config.logLevel);
  await runComponents([new LogStore(config, new SystemClock(), log)], log, terminationSignal());
}

main().catch((error: unknown) => {
  console.error(`log-store: ${messageOf(error)}`);
  process.exitCode = 1;
});
