import type { Job, Pod } from '../../../lib/kube/types.ts';
import { parseIndexes } from './indexes.ts';
import { failuresBefore, indexOfPod } from './job-pod.ts';
import { backOffMs, endOfPodMs, hasFailed } from './pod-end.ts';
import { policyVerdict } from './pod-failure-policy.ts';

interface Failures {
  count: number;
  lastEndMs: number;
}

/**
 * What has failed of a job that gives each index tries of its own (`backoffLimitPerIndex`). How often an index has failed is told by its pods: each knows how many
 * failures were before it. So the last failed pod of an index is held (it keeps its finalizer) until another has taken its place or the index has failed. Pure.
 */
export class IndexFailures {
  /** Indexes that are not tried any more. */
  readonly failed: ReadonlySet<number>;
  readonly #nowMs: number;
  readonly #failures = new Map<number, Failures>();
  /** The most failures that any pod of an index knows of. */
  readonly #replaced = new Map<number, number>();

  constructor(job: Job, pods: readonly Pod[], nowMs: number) {
    this.#nowMs = nowMs;
    const { backoffLimitPerIndex: limit = 0, podFailurePolicy, completions = 0 } = job.spec ?? {};
    const failed = parseIndexes(job.status?.failedIndexes, completions);
    for (const pod of pods) {
      const index = indexOfPod(pod);
      if (index === undefined) continue;
      const before = failuresBefore(pod);
      if (!hasFailed(pod)) {
        this.#replaced.set(index, Math.max(before, this.#replaced.get(index) ?? 0));
        continue;
      }
      const { action } = policyVerdict(podFailurePolicy, pod);
      const count = action === 'Ignore' ? before : before + 1;
      const known = this.#failures.get(index);
      this.#failures.set(index, {
        count: Math.max(count, known?.count ?? 0),
        lastEndMs: Math.max(endOfPodMs(pod), known?.lastEndMs ?? 0),
      });
      if (action === 'FailIndex' || count > limit) failed.add(index);
    }
    this.failed = failed;
  }

  /** Failures that the next pod of the index comes after. */
  before(index: number): number {
    return this.#failures.get(index)?.count ?? 0;
  }

  /** Until the next pod of the index may be made. */
  backOffLeftMs(index: number): number {
    const failures = this.#failures.get(index);
    if (!failures || failures.count === 0) return 0;
    return Math.max(0, failures.lastEndMs + backOffMs(failures.count) - this.#nowMs);
  }

  /** Whether only this pod still knows how often its index has failed. */
  isHeld(pod: Pod): boolean {
    const index = indexOfPod(pod);
    if (index === undefined || !hasFailed(pod) || this.failed.has(index)) return false;
    return (this.#replaced.get(index) ?? 0) < this.before(index);
  }
}
