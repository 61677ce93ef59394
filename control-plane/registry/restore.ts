import { createReadStream } from 'node:fs';
import type { Clock } from '../../lib/clock.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { linesOf } from '../../lib/kube/json-lines.ts';
import type { Logger } from '../../lib/log.ts';
import { openStore } from './open-store.ts';
import { readBackup, restoreBackup } from '../store/backup.ts';

const STOP_TIMEOUT_MS = 10_000;

/** `main.ts --config FILE --restore BACKUP`: puts the store in the state of a backup. No control plane may use the store meanwhile. */
export async function restore(config: ControlPlaneConfig, file: string, clock: Clock, log: Logger): Promise<void> {
  const backup = await readBackup(linesOf(createReadStream(file)));
  const store = openStore(config.store, clock);
  await store.start(new AbortController().signal);
  try {
    await restoreBackup(store, backup);
    log.info({ cluster: backup.head.cluster, time: backup.head.time, objects: backup.values.size }, 'backup restored');
  } finally {
    await store.stop(AbortSignal.timeout(STOP_TIMEOUT_MS));
  }
}
