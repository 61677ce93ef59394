import type { HealthState, Verdict } from '../../../lib/health-api.ts';
import type { Container, ContainerStatus, Pod } from '../../../lib/kube/types.ts';
import type { ProbeType } from '../../../lib/signals/records.ts';
import type { ProbeTrace } from '../signal-hub.ts';
import { probeSpecOf, probeState, probeTypes, runSinceMs } from './probe-health.ts';
import { oneLine, probeSentence } from './sentence.ts';

/** Waiting for one of these is the ordinary way to start; every other reason is an error. */
const ordinaryWaits: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing', '']);

/** A container that crashed within this time has not recovered yet, even while it runs. */
const RECOVERED_AFTER_MS = 30_000;

/** Failures of a pod that are remembered. */
export interface RecentFailures {
  readonly count: number;
  readonly sinceMs: number;
  readonly lastMs: number;
  /** `crashed (exit code 1)` */
  readonly lastReason: string;
}

export interface ContainerFacts {
  readonly pod: Pod;
  readonly container: Container;
  readonly isInit: boolean;
  readonly status: ContainerStatus | undefined;
  readonly trace: (probe: ProbeType) => ProbeTrace | undefined;
  readonly failures?: RecentFailures | undefined;
  readonly nowMs: number;
}

/** How one container is, from its status and its probes. */
export function containerVerdict(facts: ContainerFacts): Verdict {
  const { pod, status } = facts;
  const podName = pod.metadata?.name ?? '';
  const createdMs = timeMs(pod.metadata?.creationTimestamp) ?? 0;
  const who = `${facts.container.name} of ${podName}`;
  const state = status?.state;
  if (!status || !state) return verdict('progressing', createdMs, `${who}: waiting for the node`);
  if (state.terminated) {
    const { exitCode, reason, finishedAt } = state.terminated;
    const endedMs = timeMs(finishedAt) ?? createdMs;
    if (exitCode === 0) return verdict('healthy', endedMs, '');
    return verdict('failing', endedMs, `${who}: ended with exit code ${exitCode} (${reason ?? 'Error'})`);
  }
  if (state.waiting) return waitingVerdict(who, status, facts.failures?.sinceMs ?? notReadySinceMs(pod) ?? createdMs);
  return runningVerdict(facts, status, who);
}

function waitingVerdict(who: string, status: ContainerStatus, sinceMs: number): Verdict {
  const reason = status.state?.waiting?.reason ?? '';
  const last = status.lastState?.terminated;
  if (ordinaryWaits.has(reason) && !last) return verdict('progressing', sinceMs, `${who}: ${reason || 'starting'}`);
  const ended = last ? `exit code ${last.exitCode} (${last.reason ?? 'Error'})` : '';
  if (reason === 'CrashLoopBackOff') {
    return verdict(
      'failing',
      sinceMs,
      `${who}: ${ended}, restarted ${status.restartCount} times, waiting to try again`,
    );
  }
  if (ordinaryWaits.has(reason)) return verdict('degraded', sinceMs, `${who}: restarting after ${ended}`);
  return verdict('failing', sinceMs, `${who}: ${reason}: ${oneLine(status.state?.waiting?.message ?? '')}`);
}

function runningVerdict(facts: ContainerFacts, status: ContainerStatus, who: string): Verdict {
  const startedMs = timeMs(status.state?.running?.startedAt) ?? 0;
  const found: Verdict[] = [];
  for (const probe of probeTypes) {
    if (!probeSpecOf(facts.container, probe)) continue;
    const trace = facts.trace(probe);
    if (!trace || trace.last.restartCount < status.restartCount) continue;
    const state = probeState(trace);
    if (state === 'ok' || state === 'waiting') continue;
    found.push(verdict(stateFor(probe, state, status, trace), runSinceMs(trace), probeSentence(trace.last)));
  }
  const bad = found.find((one) => one.state === 'failing') ?? found.find((one) => one.state === 'degraded') ?? found[0];
  if (bad && (bad.state !== 'progressing' || !status.ready)) return bad;
  const { failures } = facts;
  if (failures && failures.count > 1 && facts.nowMs - failures.lastMs < RECOVERED_AFTER_MS) {
    const why = `${who}: ${failures.lastReason}, ${failures.count} failures lately, runs again`;
    return verdict('degraded', failures.sinceMs, why);
  }
  if (status.ready) return verdict('healthy', Math.max(startedMs, readyMs(facts.pod)), '');
  if (facts.isInit) return verdict('progressing', startedMs, `${who}: initialising`);
  return verdict('progressing', startedMs, `${who}: not ready yet`);
}

/** What a probe that does not succeed means for the container. */
function stateFor(
  probe: ProbeType,
  state: 'failing' | 'failed' | 'unknown',
  status: ContainerStatus,
  trace: ProbeTrace,
): HealthState {
  if (state === 'unknown') return status.ready ? 'degraded' : 'unknown';
  if (probe === 'startup') return state === 'failed' ? 'failing' : 'progressing';
  if (state === 'failed') return 'failing';
  // Below the threshold nothing has changed: a container that was never ready, or whose first attempts came too early, is still starting.
  return isStarting(trace, status) || (probe === 'readiness' && !status.ready) ? 'progressing' : 'degraded';
}

/** Whether every attempt in this run of the container failed and the first came within its threshold after the start. */
function isStarting(trace: ProbeTrace, status: ContainerStatus): boolean {
  const startedMs = timeMs(status.state?.running?.startedAt) ?? 0;
  const hasSucceeded = trace.points.some((point) => point.outcome === 'success' && Date.parse(point.time) >= startedMs);
  return !hasSucceeded && runSinceMs(trace) - startedMs < trace.last.periodMs * trace.last.threshold;
}

function notReadySinceMs(pod: Pod): number | undefined {
  const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready');
  return ready?.status === 'True' ? undefined : timeMs(ready?.lastTransitionTime);
}

function readyMs(pod: Pod): number {
  return timeMs(pod.status?.conditions?.find((condition) => condition.type === 'Ready')?.lastTransitionTime) ?? 0;
}

export function verdict(state: HealthState, sinceMs: number, why: string): Verdict {
  return { state, since: new Date(sinceMs).toISOString(), why };
}

export function timeMs(time: string | undefined): number | undefined {
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(ms) ? undefined : ms;
}
