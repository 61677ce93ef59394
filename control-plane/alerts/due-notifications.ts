import type { AlertingConfig, Webhook } from './alerting-config.ts';
import type { TrackedAlert } from './alert-state.ts';
import { silencedBy } from './silences.ts';
import { isDue, type ToldLedger } from './told.ts';

export interface DueNotification {
  readonly webhook: Webhook;
  readonly alerts: readonly TrackedAlert[];
}

/** Who is told of what now. A silenced alert waits, and is told when the silence ends while it still fires. */
export function dueNotifications(
  alerts: Iterable<TrackedAlert>,
  config: Pick<AlertingConfig, 'webhooks' | 'silences' | 'repeatMs'>,
  ledger: ToldLedger,
  nowMs: number,
): readonly DueNotification[] {
  const audible = [...alerts].filter(
    (alert) => alert.state !== 'firing' || silencedBy(alert.labels, config.silences, nowMs) === undefined,
  );
  return config.webhooks.flatMap((webhook) => {
    const due = audible.filter(
      ({ state, fingerprint }) =>
        (state !== 'resolved' || webhook.sendResolved) &&
        isDue(state, ledger.get(fingerprint, webhook.name), config.repeatMs, nowMs),
    );
    return due.length > 0 ? [{ webhook, alerts: due }] : [];
  });
}
