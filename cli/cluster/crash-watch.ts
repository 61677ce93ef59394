import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { messageOf, VigilError } from '../../lib/errors.ts';
import type { ClusterHome } from './cluster-home.ts';
import { lastLogLines } from './last-log-lines.ts';
import type { Processes } from './processes.ts';

const LOOK_MS = 250;
const CRASHES_BEFORE_GIVING_UP = 3;

export interface CrashWatchDeps {
  readonly home: ClusterHome;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Does `work` while watching that the processes it waits for are not dying again and again; a failure says what they wrote last. */
export async function whileAlive(
  names: readonly string[],
  processes: Processes,
  deps: CrashWatchDeps,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const done = new AbortController();
  const given = AbortSignal.any([deps.signal, done.signal]);
  const dying = async (): Promise<never> => {
    for (;;) {
      await deps.clock.sleep(LOOK_MS, given);
      const loop = names.find((name) => processes.restarts(name) >= CRASHES_BEFORE_GIVING_UP);
      if (loop !== undefined) throw new VigilError('CRASHING', 'terminal', `${loop} ends again and again`);
    }
  };
  const watching = dying();
  // Ends with the abort below; whoever loses the race must not be an unhandled rejection.
  watching.catch(() => undefined);
  try {
    await Promise.race([work(given), watching]);
  } catch (error) {
    const said = names.map((name) => lastLogLines(join(deps.home.logs, `${name}.log`))).filter((text) => text !== '');
    throw new VigilError('NOT_READY', 'terminal', [messageOf(error), ...said].join('\n'), { cause: error });
  } finally {
    done.abort(new VigilError('DONE', 'terminal', 'no longer waited for'));
  }
}
