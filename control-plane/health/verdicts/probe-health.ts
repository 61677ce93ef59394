import type { ProbeHealth, ProbePoint, ProbeState } from '../../../lib/health-api.ts';
import { annotations } from '../../../lib/names.ts';
import type { Container, Pod, Probe } from '../../../lib/kube/types.ts';
import type { ProbeType } from '../../../lib/signals/records.ts';
import type { ProbeTrace } from '../signal-hub.ts';

const DEFAULT_PERIOD_S = 10;
const DEFAULT_FAILURE_THRESHOLD = 3;

/** The order in which people ask. */
export const probeTypes: readonly ProbeType[] = ['startup', 'liveness', 'readiness'];

export function probeSpecOf(container: Container, probe: ProbeType): Probe | undefined {
  if (probe === 'startup') return container.startupProbe;
  return probe === 'liveness' ? container.livenessProbe : container.readinessProbe;
}

/** What is known about one probe. `restartCount` is the container's: results of an earlier run say nothing about this one. */
export function probeHealthOf(
  pod: Pod,
  probe: ProbeType,
  spec: Probe,
  trace: ProbeTrace | undefined,
  restartCount: number,
): ProbeHealth {
  const current = trace && trace.last.restartCount >= restartCount ? trace : undefined;
  return {
    probe,
    check: trace?.last.check ?? describeCheck(spec),
    state: probeState(current),
    periodMs: current?.last.periodMs ?? periodOf(pod, spec),
    failureThreshold: spec.failureThreshold ?? DEFAULT_FAILURE_THRESHOLD,
    successThreshold: spec.successThreshold ?? 1,
    run: current?.last.run ?? 0,
    output: current?.last.output ?? '',
    p50Ms: trace && medianLatency(trace.points),
    records: trace?.points ?? [],
  };
}

export function probeState(trace: ProbeTrace | undefined): ProbeState {
  if (!trace) return 'waiting';
  const { outcome, run, threshold } = trace.last;
  if (outcome === 'success') return 'ok';
  if (outcome === 'unknown') return 'unknown';
  return run >= threshold ? 'failed' : 'failing';
}

/** When the present run of equal results began, milliseconds since the epoch. */
export function runSinceMs(trace: ProbeTrace): number {
  const { last, points } = trace;
  const first = points.findLast((point) => point.outcome === last.outcome && point.run === 1);
  if (first && first.outcome === last.outcome) return Date.parse(first.time);
  return Date.parse(last.time) - (last.run - 1) * last.periodMs;
}

/** As the agent words it, for a probe that has not run yet. */
export function describeCheck(spec: Probe): string {
  if (spec.httpGet) return `GET :${spec.httpGet.port}${spec.httpGet.path ?? '/'}`;
  if (spec.tcpSocket) return `TCP :${spec.tcpSocket.port}`;
  if (spec.exec) return `exec ${(spec.exec.command ?? []).join(' ')}`;
  return spec.grpc ? `gRPC :${spec.grpc.port}` : 'nothing';
}

function periodOf(pod: Pod, spec: Probe): number {
  const own = Number(pod.metadata?.annotations?.[annotations.probePeriodMs]);
  return Number.isFinite(own) && own > 0 ? own : (spec.periodSeconds ?? DEFAULT_PERIOD_S) * 1000;
}

function medianLatency(points: readonly ProbePoint[]): number | undefined {
  const sorted = points.map((point) => point.latencyMs).sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
