import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setPriority } from 'node:os';

/** Where the system does not let it be real-time. */
const NICENESS = -15;

/**
 * Lets the calling thread go before all that is not real-time, because a file may live for milliseconds: on a machine under load a normal thread waits for tens of
 * milliseconds at times, this one for less than one. It needs root or CAP_SYS_NICE, and util-linux' `chrt` since Node cannot ask for it; without, the thread runs
 * as well as it may. The thread must wait between its short turns.
 */
export async function raisePriority(): Promise<void> {
  // The pool's threads are made at its first use and would be as this one is: they compress and ask for names, which is not urgent.
  await stat('/');
  let thread: string | undefined;
  try {
    thread = readlinkSync('/proc/thread-self').split('/').at(-1);
    if (!thread || !/^\d+$/.test(thread)) return;
    setPriority(Number(thread), NICENESS);
  } catch {
    // Not Linux, or not allowed: then the next is not allowed either.
    return;
  }
  execFile('chrt', ['--fifo', '--pid', '1', thread], { timeout: 5_000 }, () => undefined);
}
