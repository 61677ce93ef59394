import type { Alert, AlertChange, AlertList } from '../../lib/alerts-api.ts';
import type { Clock } from '../../lib/clock.ts';
import { notFound } from '../../lib/kube/status-errors.ts';
import { apiGroups } from '../../lib/names.ts';
import type { ApiExtension, ExtensionRequest, ExtensionResponse } from '../apiserver/extension.ts';
import { LineQueue } from '../health/api/line-queue.ts';
import type { AlertLoop } from './alert-loop.ts';

const MAX_WAITING_LINES = 5_000;

/** `alerts.vigil.dev/v1`, as `lib/alerts-api.ts` describes it. */
export function alertsExtension(alerts: AlertLoop, clock: Clock): ApiExtension {
  return {
    group: apiGroups.alerts,
    version: 'v1',
    resources: [
      { name: 'alerts', singularName: 'alert', kind: 'Alert', namespaced: false, verbs: ['get', 'list', 'watch'] },
    ],
    handle: (request) => Promise.resolve(answer(alerts, clock, request)),
  };
}

function answer(alerts: AlertLoop, clock: Clock, request: ExtensionRequest): ExtensionResponse {
  const wanted = filterOf(request);
  if (request.verb === 'watch') return { lines: changes(alerts, clock, wanted, request.signal) };
  if (request.name !== undefined) {
    const found = alerts.list().find((alert) => alert.fingerprint === request.name && wanted(alert));
    if (!found) throw notFound({ group: apiGroups.alerts, plural: 'alerts' }, request.name);
    return { body: found };
  }
  const list: AlertList = {
    apiVersion: 'alerts.vigil.dev/v1',
    kind: 'AlertList',
    time: new Date(clock.now()).toISOString(),
    items: alerts.list().filter(wanted),
  };
  return { body: list };
}

/** Whoever asks under a namespace was authorized for that namespace only, whatever the query says. */
function filterOf({ query, namespace: allowed }: ExtensionRequest): (alert: Alert) => boolean {
  const state = query.get('state');
  const namespace = allowed ?? query.get('namespace') ?? undefined;
  return (alert) =>
    (state === null || alert.state === state) && (namespace === undefined || alert.labels['namespace'] === namespace);
}

async function* changes(
  alerts: AlertLoop,
  clock: Clock,
  wanted: (alert: Alert) => boolean,
  signal: AbortSignal,
): AsyncGenerator<AlertChange> {
  // A reader that misses changes is told to begin again by a `SYNC` in the middle of the stream.
  const sync = (): AlertChange => ({ type: 'SYNC', time: new Date(clock.now()).toISOString() });
  const queue = new LineQueue<AlertChange>(MAX_WAITING_LINES, sync);
  const shown = new Set<string>();
  const show = (alert: Alert) => {
    if (wanted(alert)) {
      shown.add(alert.fingerprint);
      queue.push({ type: 'ALERT', alert });
    } else if (shown.delete(alert.fingerprint)) queue.push({ type: 'GONE', fingerprint: alert.fingerprint });
  };
  for (const alert of alerts.list()) show(alert);
  queue.push(sync());
  const unsubscribe = alerts.subscribe((change) => {
    if ('alert' in change) show(change.alert);
    else if (shown.delete(change.gone)) queue.push({ type: 'GONE', fingerprint: change.gone });
  });
  try {
    yield* queue.lines(signal);
  } finally {
    unsubscribe();
  }
}
