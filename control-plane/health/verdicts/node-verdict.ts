import type { Verdict } from '../../../lib/health-api.ts';
import type { Lease, Node } from '../../../lib/kube/types.ts';
import { timeMs, verdict } from './container-verdict.ts';
import { oneLine } from './sentence.ts';

/** Conditions that are bad when they are true. */
const pressures: ReadonlySet<string> = new Set([
  'MemoryPressure',
  'DiskPressure',
  'PIDPressure',
  'NetworkUnavailable',
  'vigil.dev/LogShipperBehind',
  'vigil.dev/LogLinesLost',
]);

/** How a node is, from its conditions and its Lease. */
export function nodeVerdict(node: Node, lease: Lease | undefined, nowMs: number): Verdict {
  const createdMs = timeMs(node.metadata?.creationTimestamp) ?? nowMs;
  const conditions = node.status?.conditions ?? [];
  const ready = conditions.find((condition) => condition.type === 'Ready');
  const sinceMs = timeMs(ready?.lastTransitionTime) ?? createdMs;
  const ageMs = heartbeatAgeMs(lease, nowMs);
  if (!ready) return verdict('progressing', createdMs, 'it has not reported yet');
  if (ready.status === 'Unknown') {
    return verdict('unknown', sinceMs, ageMs === undefined ? 'silent' : `silent: heartbeat ${secondsText(ageMs)} ago`);
  }
  if (ready.status !== 'True') return verdict('failing', sinceMs, oneLine(ready.message ?? '') || 'not ready');
  const pressure = conditions.find((condition) => pressures.has(condition.type) && condition.status === 'True');
  if (pressure) {
    const why = oneLine(pressure.message ?? '') || (pressure.reason ?? '');
    return verdict('degraded', timeMs(pressure.lastTransitionTime) ?? sinceMs, `${pressure.type}: ${why}`);
  }
  const heartbeat = ageMs === undefined ? '' : `heartbeat ${secondsText(ageMs)} ago`;
  if (!node.spec?.unschedulable) return verdict('healthy', sinceMs, heartbeat);
  return verdict('healthy', sinceMs, heartbeat === '' ? 'cordoned' : `cordoned, ${heartbeat}`);
}

/** Since the last renewal; `undefined` without a Lease. */
export function heartbeatAgeMs(lease: Lease | undefined, nowMs: number): number | undefined {
  const renewedMs = timeMs(lease?.spec?.renewTime);
  return renewedMs === undefined ? undefined : Math.max(0, nowMs - renewedMs);
}

function secondsText(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
