import { CronScheduleError, parseCronSchedule } from '../../../lib/kube/cron-schedule.ts';
import type { CronJob } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { nonNegative, oneOf } from './field-checks.ts';
import { invalidValue, requiredValue } from './field-errors.ts';
import { defaultJobSpec, validateJobSpec } from './job.ts';
import { podSpecWarnings } from './pod-warnings.ts';

/** Longest name of a cron job, so that the names of its jobs have room for a time. */
const MAX_NAME = 52;

type Spec = NonNullable<CronJob['spec']>;

export const cronJobStrategy: Strategy<CronJob> = {
  default({ spec }) {
    if (!spec) return;
    spec.concurrencyPolicy ||= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    if (spec.jobTemplate?.spec) defaultJobSpec(spec.jobTemplate.spec);
  },
  prepareForCreate(cronJob) {
    cronJob.status = {};
  },
  validate({ metadata, spec }) {
    if (!spec) return [requiredValue('spec')];
    const name = metadata?.name ?? '';
    return [
      ...(name.length > MAX_NAME
        ? [invalidValue('metadata.name', name, `must be no more than ${MAX_NAME} characters`)]
        : []),
      ...scheduleErrors(spec),
      ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
      ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
      ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
      ...oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
      ...(spec.jobTemplate?.spec
        ? validateJobSpec(spec.jobTemplate.spec, 'spec.jobTemplate.spec')
        : [requiredValue('spec.jobTemplate.spec')]),
    ];
  },
  warnings: ({ spec }) => {
    const pod = spec?.jobTemplate?.spec?.template?.spec;
    return pod ? podSpecWarnings(pod, 'spec.jobTemplate.spec.template.spec') : [];
  },
};

function scheduleErrors({ schedule, timeZone }: Partial<Spec>): readonly FieldError[] {
  if (!schedule) return [requiredValue('spec.schedule')];
  if (/^(CRON_)?TZ=/.test(schedule))
    return [
      invalidValue('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'),
    ];
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    if (!(error instanceof CronScheduleError)) throw error;
    return [invalidValue('spec.schedule', schedule, error.message)];
  }
  if (timeZone === undefined || isTimeZone(timeZone)) return [];
  return [invalidValue('spec.timeZone', timeZone, `unknown time zone ${timeZone}`)];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
