import type { HealthState } from '../../../lib/health-api.ts';
import type { DotState } from '../data/pod-state.ts';

export const dotOf: Readonly<Record<HealthState, DotState>> = {
  healthy: 'ok',
  progressing: 'warn',
  degraded: 'warn',
  failing: 'bad',
  unknown: 'unknown',
};

/** `42 s`, `3 m`, `2 h`, `5 d`: how long ago. */
export function ago(time: string | undefined, nowMs = Date.now()): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(time ?? '')) / 1000));
  if (Number.isNaN(seconds)) return '–';
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} m`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** Time of day with milliseconds, in the reader's own zone. */
export function timeOfDay(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? time
    : `${date.toLocaleTimeString([], { hour12: false })}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
