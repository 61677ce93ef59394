import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A shipper that has not done what is waited for by then is given up. */
const GIVE_UP_MS = 180_000;
/** A process that does not end when asked is killed. */
const END_MS = 10_000;

/** Resolves when `condition` holds; throws when the shipper ends before, or after three minutes. */
export async function until(
  condition: () => boolean,
  shipper: ChildProcess,
  otherwise: string,
  everyMs = 5,
): Promise<void> {
  const giveUpMs = performance.now() + GIVE_UP_MS;
  while (!condition()) {
    if (hasEnded(shipper)) throw new Error(`${otherwise}: it ended with ${shipper.exitCode ?? shipper.signalCode}`);
    if (performance.now() > giveUpMs) throw new Error(`${otherwise} within ${GIVE_UP_MS / 1_000} s`);
    await sleep(everyMs);
  }
}

/** Asks a process to end, or kills it at once, and resolves when it has ended. */
export async function end(shipper: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (hasEnded(shipper)) return;
  const exited = new Promise((resolve) => shipper.once('exit', resolve));
  shipper.kill(signal);
  const forced = setTimeout(() => shipper.kill('SIGKILL'), END_MS);
  await exited;
  clearTimeout(forced);
}

function hasEnded(shipper: ChildProcess): boolean {
  return shipper.exitCode !== null || shipper.signalCode !== null;
}
