import type { AlertSeverity, AlertState } from '../../lib/alerts-api.ts';
import type { AlertInstance } from './alert-rule.ts';
import { fingerprintOf } from './fingerprint.ts';

/** A condition that is not seen for this long is over; a gap in what the agents say must not resolve an alert. */
const RESOLVE_AFTER_MS = 10_000;
/** How long a resolved alert is still listed. */
const KEEP_RESOLVED_MS = 60 * 60_000;
/** More alerts than anybody reads; the newest are not taken in beyond that. */
export const MAX_ALERTS = 2_000;

/** One alert as it is kept. All times are milliseconds since the epoch. */
export interface TrackedAlert {
  readonly fingerprint: string;
  readonly name: string;
  readonly severity: AlertSeverity;
  readonly labels: Readonly<Record<string, string>>;
  readonly state: AlertState;
  /** As last seen. */
  readonly instance: AlertInstance;
  readonly activeAtMs: number;
  readonly lastSeenMs: number;
  readonly firedAtMs?: number | undefined;
  readonly resolvedAtMs?: number | undefined;
}

/** What a rule sees now. */
export interface Seen {
  readonly name: string;
  readonly severity: AlertSeverity;
  readonly forMs: number;
  readonly instance: AlertInstance;
}

export interface Advanced {
  readonly alerts: ReadonlyMap<string, TrackedAlert>;
  /** Those whose state became `firing` or `resolved` now. */
  readonly transitions: readonly TrackedAlert[];
  /** Fingerprints that are no longer kept. */
  readonly forgotten: readonly string[];
}

/**
 * | state     | condition holds                          | condition does not hold                |
 * |-----------|------------------------------------------|----------------------------------------|
 * | (none)    | `pending`, or `firing` when `for` is 0   |                                        |
 * | `pending` | `firing` after `for`                     | forgotten                              |
 * | `firing`  | stays, with newer evidence               | `resolved` after 10 s                  |
 * | `resolved`| begins anew                              | forgotten after an hour                |
 */
export function advance(alerts: ReadonlyMap<string, TrackedAlert>, seen: readonly Seen[], nowMs: number): Advanced {
  const next = new Map<string, TrackedAlert>();
  const transitions: TrackedAlert[] = [];
  for (const one of seen) {
    const labels = { ...one.instance.labels, alertname: one.name, severity: one.severity };
    const fingerprint = fingerprintOf(labels);
    const before = alerts.get(fingerprint);
    if (next.has(fingerprint) || (!before && next.size >= MAX_ALERTS)) continue;
    const after = whenSeen(before, one, labels, fingerprint, nowMs);
    next.set(fingerprint, after);
    if (after.state === 'firing' && before?.state !== 'firing') transitions.push(after);
  }
  const forgotten: string[] = [];
  for (const [fingerprint, before] of alerts) {
    if (next.has(fingerprint)) continue;
    const after = whenNotSeen(before, nowMs);
    if (!after) {
      forgotten.push(fingerprint);
      continue;
    }
    next.set(fingerprint, after);
    if (after.state === 'resolved' && before.state === 'firing') transitions.push(after);
  }
  return { alerts: next, transitions, forgotten };
}

function whenSeen(
  before: TrackedAlert | undefined,
  seen: Seen,
  labels: Readonly<Record<string, string>>,
  fingerprint: string,
  nowMs: number,
): TrackedAlert {
  const continues = before !== undefined && before.state !== 'resolved';
  const activeAtMs = continues ? before.activeAtMs : nowMs;
  const isFiring = before?.state === 'firing' || nowMs - activeAtMs >= seen.forMs;
  const firedAtMs = before?.state === 'firing' ? before.firedAtMs : nowMs;
  return {
    fingerprint,
    name: seen.name,
    severity: seen.severity,
    labels,
    state: isFiring ? 'firing' : 'pending',
    instance: seen.instance,
    activeAtMs,
    lastSeenMs: nowMs,
    ...(isFiring ? { firedAtMs } : {}),
  };
}

function whenNotSeen(before: TrackedAlert, nowMs: number): TrackedAlert | undefined {
  if (before.state === 'pending') return undefined;
  if (before.state === 'resolved') {
    return nowMs - (before.resolvedAtMs ?? 0) < KEEP_RESOLVED_MS ? before : undefined;
  }
  if (nowMs - before.lastSeenMs < RESOLVE_AFTER_MS) return before;
  return { ...before, state: 'resolved', resolvedAtMs: nowMs };
}
