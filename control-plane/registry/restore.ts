import { createReadStream } from 'node:fs';
import type { Clock } from '../../lib/clock.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { linesOf } from '../../lib/kube/json-lines.ts';
import type { Logger } from '../../lib/log.ts';
import { openStore, readRules } from './open-store.ts';
import { Sealing } from '../store/encryption/sealing.ts';
import { readBackup, restoreBackup } from '../store/backup.ts';

const STOP_TIMEOUT_MS = 10_000;

/** A backup, and where the keys are that it takes beside those of today: another cluster's, or one that is configured no longer. */
export interface RestoreSource {
  readonly file: string;
  readonly encryptionConfigFile?: string | undefined;
}

/**
 * `main.ts --config FILE --restore BACKUP`: puts the store in the state of a backup, encrypted as it is today. No control plane may use the store meanwhile.
 */
export async function restore(
  config: ControlPlaneConfig,
  source: RestoreSource,
  clock: Clock,
  log: Logger,
): Promise<void> {
  const files = [config.encryptionConfigFile, source.encryptionConfigFile];
  const rules = (await Promise.all(files.map(readRules))).flat();
  const backup = await readBackup(linesOf(createReadStream(source.file)), new Sealing(rules));
  const store = await openStore(config, clock);
  await store.start(new AbortController().signal);
  try {
    await restoreBackup(store, backup);
    log.info({ cluster: backup.head.cluster, time: backup.head.time, objects: backup.values.size }, 'backup restored');
  } finally {
    await store.stop(AbortSignal.timeout(STOP_TIMEOUT_MS));
  }
}
