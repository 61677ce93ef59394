import type { Alert, AlertDelivery } from '../../lib/alerts-api.ts';
import type { TrackedAlert } from './alert-state.ts';

/** An alert as the API and the receivers see it. `tail` are lines that were fetched for it. */
export function renderAlert(
  alert: TrackedAlert,
  extra: {
    readonly tail: readonly string[] | undefined;
    readonly silencedBy: string | undefined;
    readonly deliveries: readonly AlertDelivery[];
  },
): Alert {
  const { fingerprint, name, state, severity, labels, instance } = alert;
  const lastLines = extra.tail && extra.tail.length > 0 ? extra.tail : instance.evidence.lastLines;
  return {
    fingerprint,
    name,
    state,
    severity,
    labels,
    annotations: { summary: instance.summary, description: instance.description },
    evidence: { ...instance.evidence, ...(lastLines ? { lastLines } : {}) },
    activeAt: iso(alert.activeAtMs),
    ...(alert.firedAtMs === undefined ? {} : { firedAt: iso(alert.firedAtMs) }),
    ...(alert.resolvedAtMs === undefined ? {} : { resolvedAt: iso(alert.resolvedAtMs) }),
    ...(extra.silencedBy === undefined ? {} : { silencedBy: extra.silencedBy }),
    deliveries: extra.deliveries,
  };
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
