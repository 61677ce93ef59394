import type { Silence } from './alerting-config.ts';
import type { TrackedAlert } from './alert-state.ts';
import { silencedBy } from './silences.ts';

/**
 * Which alerts the receivers are told about now: firing ones that they do not know yet or were told of `repeatMs` ago, and resolved ones that they were told
 * of. What is silenced waits, and is told when the silence ends while it still fires.
 */
export function dueNotifications(
  alerts: Iterable<TrackedAlert>,
  notifiedMs: ReadonlyMap<string, number>,
  silences: readonly Silence[],
  repeatMs: number,
  nowMs: number,
): readonly TrackedAlert[] {
  const due: TrackedAlert[] = [];
  for (const alert of alerts) {
    const lastMs = notifiedMs.get(alert.fingerprint);
    if (alert.state === 'resolved') {
      if (lastMs !== undefined) due.push(alert);
    } else if (alert.state === 'firing' && (lastMs === undefined || nowMs - lastMs >= repeatMs)) {
      if (silencedBy(alert.labels, silences, nowMs) === undefined) due.push(alert);
    }
  }
  return due;
}
