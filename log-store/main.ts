import { text } from 'node:stream/consumers';
import { SystemClock } from '../lib/clock.ts';
import { runComponents, terminationSignal } from '../lib/component.ts';
import { messageOf } from '../lib/errors.ts';
import { startLean } from '../lib/lean-start.ts';
import { createLog } from '../lib/log.ts';
import { helpText, readLogStoreConfig } from './config.ts';
import { LogStore } from './log-store.ts';
import { hashPassword } from './security/password-hash.ts';

/** `node log-store/main.ts --data-dir DIR [--port 9200] …`: `--help` tells all flags; `--hash-password` makes a line's hash for the users file. */
async function main(): Promise<void> {
  if (process.argv.includes('--help')) return void process.stdout.write(helpText);
  if (process.argv.includes('--hash-password')) {
    const password = (await text(process.stdin)).replace(/\r?\n$/, '');
    return void process.stdout.write(`${await hashPassword(password)}\n`);
  }
  await startLean([new URL('./search/search-worker.ts', import.meta.url)]);
  const config = readLogStoreConfig(process.argv.slice(2), process.env);
  const log = createLog('log-store', config.logLevel);
  await runComponents([new LogStore(config, new SystemClock(), log)], log, terminationSignal());
}

main().catch((error: unknown) => {
  console.error(`log-store: ${messageOf(error)}`);
  process.exitCode = 1;
});
