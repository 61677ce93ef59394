import type { Alert } from '../../../lib/alerts-api.ts';

/** Alertmanager's webhook payload, version 4: existing receivers understand it. Evidence travels in the annotations. */
export interface WebhookPayload {
  readonly version: '4';
  readonly groupKey: string;
  readonly truncatedAlerts: number;
  readonly status: 'firing' | 'resolved';
  readonly receiver: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly commonLabels: Readonly<Record<string, string>>;
  readonly commonAnnotations: Readonly<Record<string, string>>;
  readonly externalURL: string;
  readonly alerts: readonly WebhookAlert[];
}

interface WebhookAlert {
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  /** `0001-01-01T00:00:00Z` while it fires, as Alertmanager writes it. */
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

const NO_TIME = '0001-01-01T00:00:00Z';
/** What one message carries; receivers refuse larger ones. */
const MAX_ALERTS_PER_MESSAGE = 50;

/** One message for alerts of one name. */
export function webhookPayload(receiver: string, alerts: readonly Alert[], externalURL: string): WebhookPayload {
  const shown = alerts.slice(0, MAX_ALERTS_PER_MESSAGE).map((alert) => webhookAlert(alert, externalURL));
  const alertname = alerts[0]?.name ?? '';
  return {
    version: '4',
    groupKey: `{}:{alertname="${alertname}"}`,
    truncatedAlerts: alerts.length - shown.length,
    status: alerts.some((alert) => alert.state === 'firing') ? 'firing' : 'resolved',
    receiver,
    groupLabels: { alertname },
    commonLabels: common(shown.map((alert) => alert.labels)),
    commonAnnotations: common(shown.map((alert) => alert.annotations)),
    externalURL,
    alerts: shown,
  };
}

function webhookAlert(alert: Alert, externalURL: string): WebhookAlert {
  return {
    status: alert.state === 'resolved' ? 'resolved' : 'firing',
    labels: alert.labels,
    annotations: { ...alert.annotations, ...evidenceAnnotations(alert) },
    startsAt: alert.firedAt ?? alert.activeAt,
    endsAt: alert.resolvedAt ?? NO_TIME,
    generatorURL: `${externalURL}/apis/alerts.vigil.dev/v1/alerts/${alert.fingerprint}`,
    fingerprint: alert.fingerprint,
  };
}

function evidenceAnnotations({ evidence }: Alert): Record<string, string> {
  const { probe, exitCode, reason, node, restartCount, lastLines } = evidence;
  const found: Record<string, string> = {};
  if (probe) {
    found['probe'] = `${probe.type} ${probe.check}`;
    found['probe_output'] = probe.output;
    found['probe_failures'] = `${probe.run} in a row, threshold ${probe.threshold}`;
  }
  if (exitCode !== undefined) found['exit_code'] = String(exitCode);
  if (reason !== undefined) found['reason'] = reason;
  if (node !== undefined) found['node'] = node;
  if (restartCount !== undefined) found['restart_count'] = String(restartCount);
  if (lastLines && lastLines.length > 0) found['last_log_lines'] = lastLines.join('\n');
  return found;
}

/** What all have in common. */
function common(all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...rest] = all;
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => rest.every((other) => other[name] === value)),
  );
}
