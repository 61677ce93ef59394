import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import { processExists } from './process-exists.ts';

const RETRY_MS = 50;
/** Longer than any holder needs: choosing subnets and making a network takes a second or two. */
const PATIENCE_MS = 60_000;

/**
 * Runs `work` while no other kctl of this machine does, whatever its VIGIL_HOME: subnets, ports and engines' networks are the machine's, not a
 * home's. A holder that died is recognised by its process id.
 */
export async function withMachineLock<T>(clock: Clock, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const path = join(tmpdir(), 'vigil-machine.lock');
  const giveUpAt = clock.monotonicMs() + PATIENCE_MS;
  while (!tryLock(path)) {
    if (clock.monotonicMs() > giveUpAt) {
      throw new VigilError(
        'LOCKED',
        'transient',
        `another kctl holds ${path}: wait for it, or remove the file if none runs`,
      );
    }
    await clock.sleep(RETRY_MS, signal);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch {
    if (holderIsGone(path)) rmSync(path, { force: true });
    return false;
  }
}

function holderIsGone(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 && !processExists(pid);
  } catch {
    return false;
  }
}
