import { readFileSync } from 'node:fs';

/** What a process has used so far. */
export interface ProcessUsage {
  /** User and system time, of ended children too. */
  readonly cpuSeconds: number;
  /** Memory that is resident now, and the most that ever was. */
  readonly rssBytes: number;
  readonly peakRssBytes: number;
}

/** Linux counts times of processes in hundredths of a second. */
const TICKS_PER_SECOND = 100;

/** Reads it from `/proc`; throws when the process is gone. */
export function usageOf(pid: number): ProcessUsage {
  // Fields are counted from behind the name, which may hold spaces.
  const fields =
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .split(/\) (?=\w )/)
      .at(-1)
      ?.split(' ') ?? [];
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? Number.NaN) * 1_024;
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssBytes: bytes('VmRSS'), peakRssBytes: bytes('VmHWM') };
}
