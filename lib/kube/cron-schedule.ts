import { createRequire } from 'node:module';
import type * as Croner from 'croner';

const require = createRequire(import.meta.url);

/** When a cron job is due. */
export interface CronSchedule {
  /** The first time after `afterMs` (milliseconds since the epoch); `undefined` when there is none. */
  next(afterMs: number): number | undefined;
}

const FIELDS = 5;

/** A schedule that cannot be read; the message says what is wrong with it. */
export class CronScheduleError extends Error {}

/**
 * Reads a schedule of five fields (`0 12 * * MON-FRI`) or a macro (`@hourly`), in a time zone of the IANA database, UTC where none is named.
 * Throws `CronScheduleError`.
 */
export function parseCronSchedule(schedule: string, timeZone = 'UTC'): CronSchedule {
  const fields = schedule.trim().split(/\s+/);
  if (!schedule.startsWith('@') && fields.length !== FIELDS)
    throw new CronScheduleError(`expected exactly ${FIELDS} fields, found ${fields.length}: [${fields.join(' ')}]`);
  // Loaded by the first schedule: most servers never see one.
  const { Cron } = require('croner') as typeof Croner;
  try {
    const cron = new Cron(schedule, { mode: '5-part', timezone: timeZone, paused: true });
    // A time zone is only looked at when a time is asked for.
    cron.nextRun(new Date(0));
    return { next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
  } catch (error) {
    throw new CronScheduleError(error instanceof Error ? error.message : String(error));
  }
}
