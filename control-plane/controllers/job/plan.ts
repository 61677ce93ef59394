import { containerStatusesOf, isPodReady } from '../../../lib/kube/pod-facts.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import type { Job, Pod } from '../../../lib/kube/types.ts';
import { byDeletionOrder } from '../deletion-order.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { indexOfPod, isTracked } from './job-pod.ts';
import { policyVerdict } from './pod-failure-policy.ts';

/** Pods made in one pass at most. */
const BURST_PODS = 500;
const FIRST_BACK_OFF_MS = 10_000;
const MAX_BACK_OFF_MS = 360_000;

type Spec = NonNullable<Job['spec']>;
export type JobStatus = NonNullable<Job['status']>;
type Condition = NonNullable<JobStatus['conditions']>[number];

/** What one look at a job asks for. */
export interface JobPlan {
  /** Pods to make: the index of each, or `undefined` where indexes do not matter. */
  readonly create: readonly (number | undefined)[];
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
  const backOffMs = facts.backOffLeftMs();
  const missing = Math.max(0, wanted - active.length - facts.blocking);
  const create = remove.length === 0 && backOffMs === 0 ? facts.next(Math.min(missing, BURST_PODS)) : [];
  // The end is said when every pod is counted for good.
  const isEnded = verdict !== undefined && active.length + facts.terminating.length + facts.settling.length === 0;
  const status = facts.status(verdict, isEnded);
  const waits = [missing > 0 ? backOffMs : 0, facts.deadlineLeftMs()].filter((ms) => ms > 0 && Number.isFinite(ms));
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
  /** Ended pods whose finalizer can go as soon as the status says that they ended. */
  readonly settling: readonly Pod[];
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
    const tracked = pods.filter((pod) => hasEnded(pod) && isTracked(pod));
    this.#failedPods = pods.filter((pod) => hasEnded(pod) && pod.status?.phase !== 'Succeeded');
    this.settling = tracked;
    const before = job.status?.uncountedTerminatedPods;
    const stillTracked = new Set(tracked.map((pod) => pod.metadata?.uid));
    const settle = (uids: readonly string[] | undefined) => (uids ?? []).filter((uid) => !stillTracked.has(uid)).length;
    this.#settled = {
      succeeded: (job.status?.succeeded ?? 0) + (this.#isIndexed ? 0 : settle(before?.succeeded)),
      failed: (job.status?.failed ?? 0) + settle(before?.failed),
    };
    const counts = (pod: Pod) => policyVerdict(this.#spec.podFailurePolicy, pod).action !== 'Ignore';
    const uids = (ended: readonly Pod[]) => ended.map((pod) => pod.metadata?.uid ?? '');
    const succeeded = tracked.filter((pod) => pod.status?.phase === 'Succeeded');
    const failed = tracked.filter((pod) => pod.status?.phase !== 'Succeeded' && counts(pod));
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
    return Math.min(parallelism, Math.max(0, completions - this.succeeded));
  }

  /** How the job ends; `undefined` while it goes on. */
  verdict(): Verdict | undefined {
    const { completions, backoffLimit = 6, podFailurePolicy } = this.#spec;
    for (const pod of this.#failedPods) {
      const { action, message } = policyVerdict(podFailurePolicy, pod);
      if (action === 'FailJob') return { type: 'Failed', reason: 'PodFailurePolicy', message };
    }
    const target = this.#job.status?.conditions?.find(({ type }) => type === 'FailureTarget');
    if (target) return { type: 'Failed', reason: target.reason, message: target.message };
    if (this.failed > backoffLimit || this.#restarts() > backoffLimit)
      return {
        type: 'Failed',
        reason: 'BackoffLimitExceeded',
        message: 'Job has reached the specified backoff limit',
      };
    if (this.deadlineLeftMs() <= 0)
      return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
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

  /** Until a failed pod may be replaced: 10 s after the first failure, doubled with each. */
  backOffLeftMs(): number {
    const endedMs = this.#failedPods.map(endOfPodMs);
    if (endedMs.length === 0) return 0;
    const waitMs = Math.min(FIRST_BACK_OFF_MS * 2 ** (this.failed - 1), MAX_BACK_OFF_MS);
    return Math.max(0, Math.max(...endedMs) + waitMs - this.nowMs);
  }

  /** The indexes of the next `count` pods. */
  next(count: number): readonly (number | undefined)[] {
    if (!this.#isIndexed) return Array.from({ length: count }, () => undefined);
    const taken = new Set([...this.active, ...(this.blocking > 0 ? this.terminating : [])].map(indexOfPod));
    const free: number[] = [];
    for (let index = 0; index < (this.#spec.completions ?? 0) && free.length < count; index++)
      if (!this.#done.has(index) && !taken.has(index)) free.push(index);
    return free;
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

/** By itself, or because somebody deleted it and its node has let go of it. */
function hasEnded({ status, metadata }: Pod): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return true;
  return metadata?.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
}

function endOfPodMs(pod: Pod): number {
  const ends = containerStatusesOf(pod).map((status) => Date.parse(status.state?.terminated?.finishedAt ?? ''));
  const known = ends.filter((ms) => !Number.isNaN(ms));
  return known.length > 0 ? Math.max(...known) : Date.parse(pod.metadata?.creationTimestamp ?? '') || 0;
}
