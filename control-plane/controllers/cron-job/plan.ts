import { parseCronSchedule } from '../../../lib/kube/cron-schedule.ts';
import type { CronJob, Job } from '../../../lib/kube/types.ts';
import { endOf } from '../job/plan.ts';

/** More missed times than this are not gone through one by one. */
const MAX_MISSED = 100;

interface Note {
  readonly reason: string;
  readonly message: string;
}

const tooManyMissed: Note = {
  reason: 'TooManyMissedTimes',
  message: 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
};
const alreadyActive: Note = {
  reason: 'JobAlreadyActive',
  message: 'Not starting job because prior execution is running and concurrency policy is Forbid',
};

/** What one look at a cron job asks for. */
export interface CronJobPlan {
  /** The time (milliseconds since the epoch) whose job is to be made now. */
  readonly startMs: number | undefined;
  /** Jobs that are to go: replaced, or beyond the history. */
  readonly remove: readonly Job[];
  readonly active: readonly Job[];
  readonly lastSuccessfulTime: string | undefined;
  /** Something that the user should know. */
  readonly note: Note | undefined;
  readonly nextMs: number | undefined;
}

/** Decides what is due, given the jobs that this cron job made. Pure. Throws `CronScheduleError` for a schedule that cannot be read. */
export function planCronJob(cronJob: CronJob, jobs: readonly Job[], nowMs: number): CronJobPlan {
  const { spec, status, metadata } = cronJob;
  const active = jobs.filter((job) => !endOf(job.status));
  const idle = {
    startMs: undefined,
    remove: expired(cronJob, jobs),
    active,
    lastSuccessfulTime: lastSuccess(jobs) ?? status?.lastSuccessfulTime,
    note: undefined,
    nextMs: undefined,
  };
  if (!spec || spec.suspend || metadata?.deletionTimestamp !== undefined) return idle;
  const schedule = parseCronSchedule(spec.schedule, spec.timeZone);
  const nextMs = schedule.next(nowMs);
  const sinceMs = Date.parse(status?.lastScheduleTime ?? metadata?.creationTimestamp ?? '');
  const deadlineMs = spec.startingDeadlineSeconds === undefined ? Infinity : spec.startingDeadlineSeconds * 1000;
  const fromMs = Math.max(sinceMs, nowMs - deadlineMs);
  const { dueMs, missed } = lastDue(schedule, fromMs, nowMs);
  if (dueMs === undefined) return { ...idle, nextMs };
  const note = missed > MAX_MISSED && deadlineMs === Infinity ? tooManyMissed : undefined;
  if (jobs.some((job) => job.metadata?.name === jobName(cronJob, dueMs))) return { ...idle, nextMs };
  if (spec.concurrencyPolicy === 'Forbid' && active.length > 0) return { ...idle, nextMs, note: alreadyActive };
  const replaced = spec.concurrencyPolicy === 'Replace' ? active : [];
  return { ...idle, nextMs, note, startMs: dueMs, remove: [...idle.remove, ...replaced] };
}

/** Named after its time in minutes, so that the same time never makes two. */
export function jobName(cronJob: CronJob, timeMs: number): string {
  return `${cronJob.metadata?.name ?? ''}-${Math.floor(timeMs / 60_000)}`;
}

function lastDue(
  schedule: ReturnType<typeof parseCronSchedule>,
  fromMs: number,
  nowMs: number,
): { readonly dueMs: number | undefined; readonly missed: number } {
  let dueMs: number | undefined;
  let missed = 0;
  for (let at = schedule.next(fromMs); at !== undefined && at <= nowMs; at = schedule.next(at)) {
    dueMs = at;
    missed++;
    // After a long sleep, only the last time matters: go on from shortly before now.
    if (missed > MAX_MISSED) return { dueMs: latestBefore(schedule, nowMs) ?? dueMs, missed };
  }
  return { dueMs, missed };
}

/** The last time before now, looked for backwards in steps that double. */
function latestBefore(schedule: ReturnType<typeof parseCronSchedule>, nowMs: number): number | undefined {
  for (let backMs = 60_000; backMs < 10 * 366 * 86_400_000; backMs *= 2) {
    let found: number | undefined;
    for (let at = schedule.next(nowMs - backMs); at !== undefined && at <= nowMs; at = schedule.next(at)) found = at;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Ended jobs beyond the limits of the history, oldest first. */
function expired({ spec }: CronJob, jobs: readonly Job[]): readonly Job[] {
  const ended = (type: string) =>
    jobs
      .filter((job) => endOf(job.status)?.type === type && job.metadata?.deletionTimestamp === undefined)
      .sort((a, b) => startMs(a) - startMs(b));
  const beyond = (list: Job[], limit: number) => list.slice(0, Math.max(0, list.length - limit));
  return [
    ...beyond(ended('Complete'), spec?.successfulJobsHistoryLimit ?? 3),
    ...beyond(ended('Failed'), spec?.failedJobsHistoryLimit ?? 1),
  ];
}

function startMs(job: Job): number {
  return Date.parse(job.status?.startTime ?? job.metadata?.creationTimestamp ?? '') || 0;
}

function lastSuccess(jobs: readonly Job[]): string | undefined {
  return jobs
    .map((job) => job.status?.completionTime)
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
}
