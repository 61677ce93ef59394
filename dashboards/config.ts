/** What all boards share. Data sources are named by uid, so that a provisioned Grafana finds them. */
export const config = {
  tags: ['vigil'],
  refresh: '10s',
  timeFrom: 'now-1h',
  prometheus: { type: 'prometheus', uid: 'vigil-prometheus' },
  logs: { type: 'elasticsearch', uid: 'vigil-logs' },
  /** Window of rates: four scrapes at 15 s. */
  rateWindow: '1m',
  /** Index patterns of the data streams. */
  patterns: {
    containers: 'logs-vigil.containers-*',
    probes: 'logs-vigil.probes-*',
    terminations: 'logs-vigil.terminations-*',
    events: 'logs-vigil.events-*',
    decisions: 'logs-vigil.decisions-*',
  },
} as const;
