import type { Verdict } from '../../../lib/health-api.ts';
import { verdict } from './container-verdict.ts';
import { severityOf, worst } from './severity.ts';

export interface WorkloadFacts {
  readonly desired: number;
  readonly ready: number;
  /** Of its pods that are not being deleted. */
  readonly pods: readonly Verdict[];
  readonly createdMs: number;
  /** Set while a rollout is not complete: `rolling out revision 4: 1 of 3 updated`. */
  readonly rollout?: string | undefined;
  /** Set when a rollout passed its deadline. */
  readonly stuck?: { readonly sinceMs: number; readonly why: string } | undefined;
}

/** How a workload is: whether it serves, and with as much as was asked for. */
export function workloadVerdict(facts: WorkloadFacts): Verdict {
  const { desired, ready, pods, createdMs } = facts;
  const bad = pods.filter((pod) => severityOf(pod.state) >= severityOf('degraded'));
  const reason = worst(bad);
  if (desired > 0 && ready === 0 && (facts.stuck || reason?.state === 'failing')) {
    return verdict(
      'failing',
      earliest(bad) ?? facts.stuck?.sinceMs ?? createdMs,
      reason?.why ?? facts.stuck?.why ?? '',
    );
  }
  if (reason) return verdict('degraded', earliest(bad) ?? createdMs, reason.why);
  if (facts.stuck) return verdict('degraded', facts.stuck.sinceMs, facts.stuck.why);
  const silent = pods.filter((pod) => pod.state === 'unknown');
  if (ready < desired && silent.length > 0) {
    return verdict(ready === 0 ? 'unknown' : 'degraded', earliest(silent) ?? createdMs, silent[0]?.why ?? '');
  }
  const waiting = pods.filter((pod) => pod.state === 'progressing');
  if (facts.rollout) return verdict('progressing', latest(pods) ?? createdMs, facts.rollout);
  if (ready < desired) {
    return verdict('progressing', earliest(waiting) ?? createdMs, waiting[0]?.why ?? `${ready} of ${desired} ready`);
  }
  return verdict('healthy', latest(pods) ?? createdMs, desired === 0 ? 'scaled to 0' : '');
}

function earliest(verdicts: readonly Verdict[]): number | undefined {
  return verdicts.length === 0 ? undefined : Math.min(...verdicts.map((one) => Date.parse(one.since)));
}

function latest(verdicts: readonly Verdict[]): number | undefined {
  return verdicts.length === 0 ? undefined : Math.max(...verdicts.map((one) => Date.parse(one.since)));
}
