import type { CronJob, DaemonSet, Job } from '../../../lib/kube/types.ts';
import type { LabelValues, MetricText } from './metric-text.ts';
import { addOwners } from './owners.ts';

/** The reasons of failure that kube-state-metrics tells apart. */
const failureReasons = ['BackoffLimitExceeded', 'DeadlineExceeded', 'Evicted'] as const;
const statuses = ['true', 'false', 'unknown'] as const;

/** `kube_daemonset_*`. */
export function addDaemonSet(text: MetricText, { metadata, status }: DaemonSet): void {
  const { namespace, name, creationTimestamp, deletionTimestamp, generation } = metadata ?? {};
  const id = { namespace, daemonset: name };
  const nodes = 'The number of nodes that should be running the daemon pod';
  text.time('kube_daemonset_created', 'Unix creation timestamp', id, creationTimestamp);
  text.time('kube_daemonset_deletion_timestamp', 'Unix deletion timestamp', id, deletionTimestamp);
  for (const [suffix, help, value] of [
    [
      'status_current_number_scheduled',
      'The number of nodes that run a daemon pod as wanted.',
      status?.currentNumberScheduled,
    ],
    ['status_desired_number_scheduled', `${nodes}.`, status?.desiredNumberScheduled],
    ['status_number_available', `${nodes} and have one available.`, status?.numberAvailable],
    ['status_number_misscheduled', 'The number of nodes that run a daemon pod unwanted.', status?.numberMisscheduled],
    ['status_number_ready', `${nodes} and have one ready.`, status?.numberReady],
    ['status_number_unavailable', `${nodes} and have none available.`, status?.numberUnavailable],
    ['status_observed_generation', 'The generation observed by the controller.', status?.observedGeneration],
    [
      'status_updated_number_scheduled',
      'The number of nodes with an updated daemon pod.',
      status?.updatedNumberScheduled,
    ],
    ['metadata_generation', 'Sequence number of the desired state.', generation],
  ] as const) {
    text.gauge(`kube_daemonset_${suffix}`, help, id, value ?? 0);
  }
}

/** `kube_job_*`. */
export function addJob(text: MetricText, job: Job): void {
  const { namespace, name, creationTimestamp } = job.metadata ?? {};
  const { spec, status } = job;
  const id = { namespace, job_name: name };
  const gauge = (suffix: string, help: string, value: number | undefined) =>
    text.gauge(`kube_job_${suffix}`, help, id, value);
  gauge('info', 'Information about job.', 1);
  text.time('kube_job_created', 'Unix creation timestamp', id, creationTimestamp);
  gauge('spec_parallelism', 'The most pods that the job should run at once.', spec?.parallelism);
  gauge('spec_completions', 'The number of pods that should end successfully.', spec?.completions);
  gauge('spec_active_deadline_seconds', 'The time that the job may be active.', spec?.activeDeadlineSeconds);
  gauge('status_succeeded', 'The number of pods which reached Phase Succeeded.', status?.succeeded ?? 0);
  addFailures(text, job, id);
  gauge('status_active', 'The number of actively running pods.', status?.active ?? 0);
  gauge('status_ready', 'The number of ready pods that belong to this job.', status?.ready ?? 0);
  text.time('kube_job_status_start_time', 'When the job was begun.', id, status?.startTime);
  text.time('kube_job_status_completion_time', 'When the job was completed.', id, status?.completionTime);
  for (const { type, status: actual } of status?.conditions ?? []) {
    const value = actual.toLowerCase();
    if (type === 'Complete')
      text.state('kube_job_complete', 'The job has completed its execution.', id, 'condition', statuses, value);
    if (type === 'Failed')
      text.state('kube_job_failed', 'The job has failed its execution.', id, 'condition', statuses, value);
    if (type === 'Suspended') gauge('status_suspended', 'Whether the job is suspended.', Number(value === 'true'));
  }
  addOwners(text, 'kube_job_owner', "Information about the Job's owner.", id, job);
}

/** `kube_cronjob_*`, but for the time of the next run, which the schedule says. */
export function addCronJob(text: MetricText, cronJob: CronJob): void {
  const { namespace, name, creationTimestamp, resourceVersion } = cronJob.metadata ?? {};
  const { spec, status } = cronJob;
  const id = { namespace, cronjob: name };
  const gauge = (suffix: string, help: string, value: number | boolean | undefined) =>
    text.gauge(`kube_cronjob_${suffix}`, help, id, value);
  text.gauge(
    'kube_cronjob_info',
    'Info about cronjob.',
    {
      ...id,
      schedule: spec?.schedule,
      concurrency_policy: spec?.concurrencyPolicy,
      timezone: spec?.timeZone ?? 'local',
    },
    1,
  );
  text.time('kube_cronjob_created', 'Unix creation timestamp', id, creationTimestamp);
  gauge('status_active', 'The number of jobs that run.', status?.active?.length ?? 0);
  text.time('kube_cronjob_status_last_schedule_time', 'When a job was last begun.', id, status?.lastScheduleTime);
  text.time('kube_cronjob_status_last_successful_time', 'When a job last succeeded.', id, status?.lastSuccessfulTime);
  gauge('spec_suspend', 'Whether no further jobs are begun.', spec?.suspend);
  gauge('spec_starting_deadline_seconds', 'How late a job may begin.', spec?.startingDeadlineSeconds);
  gauge('metadata_resource_version', 'The version of the cronjob.', Number(resourceVersion));
  gauge('spec_successful_job_history_limit', 'The successful jobs that are kept.', spec?.successfulJobsHistoryLimit);
  gauge('spec_failed_job_history_limit', 'The failed jobs that are kept.', spec?.failedJobsHistoryLimit);
}

/** One sample for each known reason when it is one of them, else the number of pods that failed. */
function addFailures(text: MetricText, { status }: Job, id: LabelValues): void {
  const metric = 'kube_job_status_failed';
  const help = 'The number of pods which reached Phase Failed and the reason for failure.';
  const failed = status?.failed ?? 0;
  if (failed === 0) {
    text.gauge(metric, help, id, 0);
    return;
  }
  const condition = status?.conditions?.find(({ type }) => type === 'Failed');
  if (condition) text.state(metric, help, id, 'reason', failureReasons, condition.reason);
  const isKnown = failureReasons.some((reason) => reason === condition?.reason);
  if (!isKnown) text.gauge(metric, help, { ...id, reason: '' }, failed);
}
