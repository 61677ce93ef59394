import { CronScheduleError, parseCronSchedule } from '../../../lib/kube/cron-schedule.ts';
import type { CronJob } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { nonNegative, oneOf } from './field-checks.ts';
import { invalidValue, requiredValue } from './field-errors.ts';
import { defaultJobParts } from './job.ts';
import { validateJobSpec } from './job-spec-validation.ts';
import { podSpecWarnings } from './pod-warnings.ts';

/** Longest name of a cron job, so that the names of its jobs have room for a time. */
const MAX_NAME = 52;

type Spec = NonNullable<CronJob['spec']>;

export const cronJobStrategy: Strategy<CronJob> = {
  default(cronJob) {
    const spec = (cronJob.spec ??= {} as Spec);
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    spec.jobTemplate ??= {};
    spec.jobTemplate.spec ??= {} as NonNullable<Spec['jobTemplate']['spec']>;
    // The rest of a job is filled in when one is made.
    defaultJobParts(spec.jobTemplate.spec);
  },
  prepareForCreate(cronJob) {
    cronJob.status = {};
  },
  validate({ metadata, spec }) {
    const name = metadata?.name ?? '';
    return [
      ...(name.length > MAX_NAME
        ? [invalidValue('metadata.name', name, `must be no more than ${MAX_NAME} characters`)]
        : []),
      ...scheduleErrors(spec),
      ...timeZoneErrors(spec),
      ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
      ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
      ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
      ...oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
      ...validateJobSpec(spec.jobTemplate?.spec ?? {}, 'spec.jobTemplate.spec'),
    ];
  },
  warnings: ({ spec }) => {
    const pod = spec?.jobTemplate?.spec?.template?.spec;
    return pod ? podSpecWarnings(pod, 'spec.jobTemplate.spec.template.spec') : [];
  },
};

function scheduleErrors({ schedule }: Partial<Spec>): readonly FieldError[] {
  if (!schedule) return [requiredValue('spec.schedule')];
  if (/^(CRON_)?TZ=/.test(schedule))
    return [
      invalidValue('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'),
    ];
  try {
    parseCronSchedule(schedule);
    return [];
  } catch (error) {
    if (!(error instanceof CronScheduleError)) throw error;
    return [invalidValue('spec.schedule', schedule, error.message)];
  }
}

function timeZoneErrors({ timeZone }: Partial<Spec>): readonly FieldError[] {
  if (timeZone === undefined || isTimeZone(timeZone)) return [];
  const detail = timeZone === '' ? 'timeZone must be nil or non-empty string' : `unknown time zone ${timeZone}`;
  return [invalidValue('spec.timeZone', timeZone, detail)];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
