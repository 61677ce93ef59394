import type { Alert } from '../../../lib/alerts-api.ts';
import type { ClusterState } from '../data/cluster-state.ts';
import type { DotState } from '../data/pod-state.ts';
import { Dot } from '../parts/dot.ts';
import { ago } from '../parts/format.ts';
import { html } from '../vendor/htm-preact.js';

const order = { firing: 0, pending: 1, resolved: 2 } as const;
const dots: Readonly<Record<Alert['state'], DotState>> = { firing: 'bad', pending: 'warn', resolved: 'unknown' };

/** Firing first, each with what was seen. */
export function AlertsView({ state }: { readonly state: ClusterState }) {
  const alerts = [...state.alerts.values()].sort(
    (a, b) => order[a.state] - order[b.state] || b.activeAt.localeCompare(a.activeAt),
  );
  if (alerts.length === 0) return html`<p class="calm"><${Dot} state="ok" word="no alerts" /> No alerts.</p>`;
  return html`<section aria-label="Alerts">
    ${alerts.map((alert) => html`<${AlertCard} key=${alert.fingerprint} alert=${alert} />`)}
  </section>`;
}

function AlertCard({ alert }: { readonly alert: Alert }) {
  const { evidence } = alert;
  const about = Object.entries(alert.labels).filter(([key]) => key !== 'alertname' && key !== 'severity');
  return html`<article class="card alert">
    <h3>
      <${Dot} state=${dots[alert.state]} word=${alert.state} /> ${alert.name}
      <small>${alert.severity}, ${alert.state} for ${ago(alert.firedAt ?? alert.activeAt)}</small>
    </h3>
    <p>${alert.annotations['summary'] ?? ''}</p>
    <p class="facts">${about.map(([key, value]) => html`<span key=${key}>${key} <b>${value}</b> </span>`)}</p>
    ${evidence.probe && html`<p class="why">${evidence.probe.type} ${evidence.probe.check} failed ${evidence.probe.run} times in a row (threshold ${evidence.probe.threshold}): ${evidence.probe.output}</p>`}
    ${evidence.exitCode !== undefined && html`<p class="why">ended with exit code ${evidence.exitCode} ${evidence.reason ?? ''} on ${evidence.node ?? 'unknown node'}</p>`}
    ${
      evidence.lastLines &&
      evidence.lastLines.length > 0 &&
      html`<details open=${alert.state === 'firing'}>
        <summary>last ${evidence.lastLines.length} lines</summary>
        <pre>${evidence.lastLines.join('\n')}</pre>
      </details>`
    }
    ${alert.deliveries.map((delivery) => html`<p class="facts" key=${delivery.receiver}>sent to ${delivery.receiver}: ${delivery.ok ? 'accepted' : delivery.error}</p>`)}
  </article>`;
}
