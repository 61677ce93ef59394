import { containerStatusesOf, isPodReady } from '../../../lib/kube/pod-facts.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import type { Job, Pod } from '../../../lib/kube/types.ts';
import { byDeletionOrder } from '../deletion-order.ts';
import { IndexFailures } from './index-failures.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { indexOfPod, isTracked, type WantedPod } from './job-pod.ts';
import { backOffMs, endOfPodMs, hasEnded, hasFailed } from './pod-end.ts';
import { policyVerdict } from './pod-failure-policy.ts';
import { metRule } from './success-policy.ts';

/** Pods made in one pass at most. */
const BURST_PODS = 500;

type Spec = NonNullable<Job['spec']>;
export type JobStatus = NonNullable<Job['status']>;
type Condition = NonNullable<JobStatus['conditions']>[number];

/** What one look at a job asks for. */
export interface JobPlan {
  readonly create: readonly WantedPod[];
  readonly remove: readonly Pod[];
  /** Ended pods that are in `status` now: their finalizer may go. Only after the status is written. */
  readonly untrack: readonly Pod[];
  readonly status: JobStatus;
  /** Ended so long ago that the job itself is to go. */
  readonly isExpired: boolean;
  /** The end of the job, when this look found it. */
  readonly ended: Pick<Condition, 'type' | 'reason' | 'message'> | undefined;
  /** When time alone will change the answer. */
  readonly lookAgainAfterMs: number | undefined;
}

/** The condition that says that a job has ended; `undefined` while it has not. */
export function endOf(status: JobStatus | undefined): Condition | undefined {
  return status?.conditions?.find(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  );
}

/** Decides what is to be done for a job, given every pod that it controls. Pure. */
export function planJob(job: Job, pods: readonly Pod[], nowMs: number): JobPlan {
  const facts = new JobFacts(job, pods, nowMs);
  const before = endOf(job.status);
  if (before) return endedPlan(job, pods, before, facts);
  const verdict = facts.verdict();
  const active = facts.active;
  const isOver = verdict !== undefined || job.metadata?.deletionTimestamp !== undefined;
  const wanted = isOver || job.spec?.suspend === true ? 0 : facts.wanted();
  const remove = byDeletionOrder(active, [], nowMs).slice(0, Math.max(0, active.length - wanted));
  const missing = Math.max(0, wanted - active.length - facts.blocking);
  const create = remove.length === 0 ? facts.next(Math.min(missing, BURST_PODS)) : [];
  // The end is said when every pod is counted for good.
  const left = active.length + facts.terminating.length + facts.settling.length + facts.held;
  const isEnded = verdict !== undefined && left === 0;
  const status = facts.status(verdict, isEnded);
  const waits = [...(missing > create.length ? facts.backOffsLeftMs() : []), facts.deadlineLeftMs()].filter(
    (ms) => ms > 0 && Number.isFinite(ms),
  );
  return {
    create,
    remove,
    untrack: facts.settling,
    status,
    isExpired: false,
    ended: isEnded ? verdict : undefined,
    lookAgainAfterMs: waits.length > 0 ? Math.min(...waits) : undefined,
  };
}

function endedPlan(job: Job, pods: readonly Pod[], end: Condition, facts: JobFacts): JobPlan {
  const ttl = job.spec?.ttlSecondsAfterFinished;
  const leftMs = ttl === undefined ? Infinity : Date.parse(end.lastTransitionTime ?? '') + ttl * 1000 - facts.nowMs;
  return {
    create: [],
    remove: facts.active,
    untrack: pods.filter(isTracked),
    status: facts.status(undefined, false),
    isExpired: leftMs <= 0 && job.metadata?.deletionTimestamp === undefined,
    ended: undefined,
    lookAgainAfterMs: leftMs > 0 && Number.isFinite(leftMs) ? leftMs : undefined,
  };
}

type Verdict = Pick<Condition, 'type' | 'reason' | 'message'>;

class JobFacts {
  readonly nowMs: number;
  readonly active: readonly Pod[];
  readonly terminating: readonly Pod[];
  /** Where each index has tries of its own. */
  readonly #perIndex: IndexFailures | undefined;
  /** Ended pods whose finalizer can go as soon as the status says that they ended. */
  readonly settling: readonly Pod[];
  /** Ended pods that are not counted yet, for they alone know how often their index has failed. */
  readonly held: number;
  readonly #job: Job;
  readonly #spec: Partial<Spec>;
  readonly #isIndexed: boolean;
  readonly #failedPods: readonly Pod[];
  /** Counted for good: their pods have no finalizer any more. */
  readonly #settled: { readonly succeeded: number; readonly failed: number };
  readonly #uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
  readonly #done: ReadonlySet<number>;

  constructor(job: Job, pods: readonly Pod[], nowMs: number) {
    this.nowMs = nowMs;
    this.#job = job;
    this.#spec = job.spec ?? {};
    this.#isIndexed = this.#spec.completionMode === 'Indexed';
    const alive = pods.filter((pod) => !hasEnded(pod));
    this.active = alive.filter((pod) => pod.metadata?.deletionTimestamp === undefined);
    this.terminating = alive.filter((pod) => pod.metadata?.deletionTimestamp !== undefined);
    this.#failedPods = pods.filter(hasFailed);
    this.#perIndex = this.#spec.backoffLimitPerIndex === undefined ? undefined : new IndexFailures(job, pods, nowMs);
    const isGoingOn = !verdictBefore(job);
    const tracked = pods.filter((pod) => hasEnded(pod) && isTracked(pod));
    const ended = isGoingOn ? tracked.filter((pod) => this.#perIndex?.isHeld(pod) !== true) : tracked;
    this.settling = ended;
    this.held = tracked.length - ended.length;
    const before = job.status?.uncountedTerminatedPods;
    const stillTracked = new Set(tracked.map((pod) => pod.metadata?.uid));
    const settle = (uids: readonly string[] | undefined) => (uids ?? []).filter((uid) => !stillTracked.has(uid)).length;
    this.#settled = {
      succeeded: (job.status?.succeeded ?? 0) + (this.#isIndexed ? 0 : settle(before?.succeeded)),
      failed: (job.status?.failed ?? 0) + settle(before?.failed),
    };
    const counts = (pod: Pod) => policyVerdict(this.#spec.podFailurePolicy, pod).action !== 'Ignore';
    const uids = (some: readonly Pod[]) => some.map((pod) => pod.metadata?.uid ?? '');
    const succeeded = ended.filter((pod) => pod.status?.phase === 'Succeeded');
    const failed = ended.filter((pod) => pod.status?.phase !== 'Succeeded' && counts(pod));
    this.#uncounted = { succeeded: this.#isIndexed ? [] : uids(succeeded), failed: uids(failed) };
    const done = parseIndexes(job.status?.completedIndexes, this.#spec.completions ?? 0);
    if (this.#isIndexed) {
      for (const pod of succeeded) {
        const index = indexOfPod(pod);
        if (index !== undefined && index < (this.#spec.completions ?? 0)) done.add(index);
      }
    }
    this.#done = done;
  }

  get succeeded(): number {
    return this.#isIndexed ? this.#done.size : this.#settled.succeeded + this.#uncounted.succeeded.length;
  }

  get failed(): number {
    return this.#settled.failed + this.#uncounted.failed.length;
  }

  /** Pods that are ending and hold the place of their replacement. */
  get blocking(): number {
    return this.#spec.podReplacementPolicy === 'Failed' ? this.terminating.length : 0;
  }

  wanted(): number {
    const parallelism = this.#spec.parallelism ?? 1;
    const { completions } = this.#spec;
    if (completions === undefined) return this.succeeded > 0 ? this.active.length : parallelism;
    return Math.min(parallelism, Math.max(0, completions - this.succeeded - this.#failedIndexes.size));
  }

  /** Indexes that are not tried any more: none where indexes have no tries of their own. */
  get #failedIndexes(): ReadonlySet<number> {
    return new Set([...(this.#perIndex?.failed ?? [])].filter((index) => !this.#done.has(index)));
  }

  /** How the job ends; `undefined` while it goes on. What was said once stays. */
  verdict(): Verdict | undefined {
    return verdictBefore(this.#job) ?? this.#failure() ?? this.#success();
  }

  #failure(): Verdict | undefined {
    const { backoffLimit = 6, podFailurePolicy } = this.#spec;
    for (const pod of this.#failedPods) {
      const { action, message } = policyVerdict(podFailurePolicy, pod);
      if (action === 'FailJob') return { type: 'Failed', reason: 'PodFailurePolicy', message };
    }
    if (this.failed > backoffLimit || this.#restarts() > backoffLimit)
      return {
        type: 'Failed',
        reason: 'BackoffLimitExceeded',
        message: 'Job has reached the specified backoff limit',
      };
    if (this.deadlineLeftMs() <= 0)
      return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
    return this.#failureOfIndexes();
  }

  #failureOfIndexes(): Verdict | undefined {
    const { completions = 0, maxFailedIndexes = Infinity, successPolicy } = this.#spec;
    const failed = this.#failedIndexes.size;
    if (failed > maxFailedIndexes) {
      const message = 'Job has exceeded the specified maximal number of failed indexes';
      return { type: 'Failed', reason: 'MaxFailedIndexesExceeded', message };
    }
    const isOver = failed > 0 && this.#done.size + failed >= completions;
    if (!isOver || metRule(successPolicy, this.#done, completions) !== undefined) return undefined;
    return { type: 'Failed', reason: 'FailedIndexes', message: 'Job has failed indexes' };
  }

  #success(): Verdict | undefined {
    const { completions, successPolicy } = this.#spec;
    const rule = metRule(successPolicy, this.#done, completions ?? 0);
    if (rule !== undefined)
      return { type: 'Complete', reason: 'SuccessPolicy', message: `Matched rules at index ${rule}` };
    const isComplete =
      completions === undefined
        ? this.succeeded > 0 && this.active.length === 0
        : this.succeeded >= completions && (completions > 0 || this.active.length === 0);
    return isComplete
      ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
      : undefined;
  }

  /** Until the job may not go on; `Infinity` when it may for ever. */
  deadlineLeftMs(): number {
    const { activeDeadlineSeconds, suspend } = this.#spec;
    const startedMs = Date.parse(this.#job.status?.startTime ?? '');
    if (activeDeadlineSeconds === undefined || suspend || Number.isNaN(startedMs)) return Infinity;
    return startedMs + activeDeadlineSeconds * 1000 - this.nowMs;
  }

  /** Until failed pods may be replaced, each wait that there is. */
  backOffsLeftMs(): readonly number[] {
    const perIndex = this.#perIndex;
    if (!perIndex) return [this.#backOffLeftMs()];
    return [...this.#free()].map((index) => perIndex.backOffLeftMs(index));
  }

  #backOffLeftMs(): number {
    const endedMs = this.#failedPods.map(endOfPodMs);
    return endedMs.length === 0 ? 0 : Math.max(0, Math.max(...endedMs) + backOffMs(this.failed) - this.nowMs);
  }

  /** The next `count` pods, or fewer while some have to wait. */
  next(count: number): readonly WantedPod[] {
    const perIndex = this.#perIndex;
    if (!perIndex && this.#backOffLeftMs() > 0) return [];
    if (!this.#isIndexed) return Array.from({ length: count }, () => ({}));
    const wanted: WantedPod[] = [];
    for (const index of this.#free()) {
      if (wanted.length === count) break;
      if (!perIndex) wanted.push({ index });
      else if (perIndex.backOffLeftMs(index) === 0) wanted.push({ index, failuresBefore: perIndex.before(index) });
    }
    return wanted;
  }

  /** Indexes that want a pod and have none, in order. */
  *#free(): Generator<number> {
    const taken = new Set([...this.active, ...(this.blocking > 0 ? this.terminating : [])].map(indexOfPod));
    const failed = this.#failedIndexes;
    for (let index = 0; index < (this.#spec.completions ?? 0); index++)
      if (!this.#done.has(index) && !failed.has(index) && !taken.has(index)) yield index;
  }

  status(verdict: Verdict | undefined, isEnded: boolean): JobStatus {
    const before = this.#job.status ?? {};
    const conditions = this.#conditions(verdict, isEnded);
    const isSuspended = this.#spec.suspend === true && !endOf(before);
    const startTime = isSuspended ? undefined : (before.startTime ?? kubeTime(this.nowMs));
    const uncounted = { ...this.#uncounted };
    return {
      ...(startTime === undefined ? {} : { startTime }),
      ...(before.completionTime ? { completionTime: before.completionTime } : {}),
      ...(verdict?.type === 'Complete' && isEnded ? { completionTime: kubeTime(this.nowMs) } : {}),
      active: this.active.length,
      ready: this.active.filter(isPodReady).length,
      terminating: this.terminating.length,
      succeeded: this.#isIndexed ? this.#done.size : this.#settled.succeeded,
      failed: this.#settled.failed,
      ...(this.#isIndexed ? { completedIndexes: formatIndexes(this.#done) } : {}),
      ...(this.#perIndex ? { failedIndexes: formatIndexes(this.#failedIndexes) } : {}),
      uncountedTerminatedPods: {
        ...(uncounted.succeeded.length > 0 ? { succeeded: [...uncounted.succeeded] } : {}),
        ...(uncounted.failed.length > 0 ? { failed: [...uncounted.failed] } : {}),
      },
      ...(conditions.length > 0 ? { conditions } : {}),
    };
  }

  #conditions(verdict: Verdict | undefined, isEnded: boolean): Condition[] {
    const kept = new Map((this.#job.status?.conditions ?? []).map((condition) => [condition.type, condition]));
    const time = kubeTime(this.nowMs);
    const set = (type: string, status: 'True' | 'False', reason?: string, message?: string) => {
      const old = kept.get(type);
      if (old?.status === status && old.reason === reason) return;
      kept.set(type, { type, status, reason, message, lastProbeTime: time, lastTransitionTime: time });
    };
    if (verdict) {
      set(verdict.type === 'Failed' ? 'FailureTarget' : 'SuccessCriteriaMet', 'True', verdict.reason, verdict.message);
      if (isEnded) set(verdict.type, 'True', verdict.reason, verdict.message);
    }
    if (this.#spec.suspend) set('Suspended', 'True', 'JobSuspended', 'Job suspended');
    else if (kept.has('Suspended')) set('Suspended', 'False', 'JobResumed', 'Job resumed');
    return [...kept.values()];
  }

  /** Restarts of containers inside pods that are not replaced. */
  #restarts(): number {
    if (this.#spec.template?.spec?.restartPolicy !== 'OnFailure') return 0;
    return this.active.flatMap((pod) => containerStatusesOf(pod)).reduce((sum, status) => sum + status.restartCount, 0);
  }
}

/** What was said of the end before the last pods were gone. */
function verdictBefore({ status }: Job): Verdict | undefined {
  const target = status?.conditions?.find(
    ({ type, status: is }) => (type === 'FailureTarget' || type === 'SuccessCriteriaMet') && is === 'True',
  );
  if (!target) return undefined;
  const { reason, message } = target;
  return { type: target.type === 'FailureTarget' ? 'Failed' : 'Complete', reason, message };
}
