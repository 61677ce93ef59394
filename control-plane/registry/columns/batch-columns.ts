import type { CronJob, DaemonSet, Job } from '../../../lib/kube/types.ts';
import { ageColumn, ageOf, column, humanDuration, nameColumn, type Column } from './column.ts';
import { templateColumns } from './workload-columns.ts';

export const jobColumns: readonly Column[] = [
  nameColumn,
  column<Job>('Status', statusOf, { description: 'Status of the job.' }),
  column<Job>('Completions', completionsOf),
  column<Job>('Duration', durationOf, { description: 'Time required to complete the job.' }),
  ageColumn,
  ...templateColumns,
];

export const cronJobColumns: readonly Column[] = [
  nameColumn,
  column<CronJob>('Schedule', (one) => one.spec?.schedule ?? ''),
  column<CronJob>('Timezone', (one) => one.spec?.timeZone ?? '<none>'),
  column<CronJob>('Suspend', (one) => (one.spec?.suspend ? 'True' : 'False')),
  column<CronJob>('Active', (one) => one.status?.active?.length ?? 0, { type: 'integer' }),
  column<CronJob>('Last Schedule', (one, nowMs) =>
    one.status?.lastScheduleTime === undefined ? '<none>' : ageOf(one.status.lastScheduleTime, nowMs),
  ),
  ageColumn,
  ...templateColumns.map((one) => ({
    ...one,
    value: (object: CronJob, nowMs: number) => one.value(object.spec?.jobTemplate ?? {}, nowMs),
  })),
];

export const daemonSetColumns: readonly Column[] = [
  nameColumn,
  column<DaemonSet>('Desired', (one) => one.status?.desiredNumberScheduled ?? 0, { type: 'integer' }),
  column<DaemonSet>('Current', (one) => one.status?.currentNumberScheduled ?? 0, { type: 'integer' }),
  column<DaemonSet>('Ready', (one) => one.status?.numberReady ?? 0, { type: 'integer' }),
  column<DaemonSet>('Up-to-date', (one) => one.status?.updatedNumberScheduled ?? 0, { type: 'integer' }),
  column<DaemonSet>('Available', (one) => one.status?.numberAvailable ?? 0, { type: 'integer' }),
  column<DaemonSet>('Node Selector', (one) => selectorOf(one.spec?.template?.spec?.nodeSelector)),
  ageColumn,
  ...templateColumns,
];

function statusOf({ metadata, status }: Job): string {
  const has = (type: string) => status?.conditions?.some((one) => one.type === type && one.status === 'True');
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (metadata?.deletionTimestamp !== undefined) return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  if (has('FailureTarget')) return 'FailureTarget';
  return has('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completionsOf({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationOf({ status }: Job, nowMs: number): string {
  if (status?.startTime === undefined) return '';
  const endMs = status.completionTime === undefined ? nowMs : Date.parse(status.completionTime);
  return humanDuration(endMs - Date.parse(status.startTime));
}

function selectorOf(selector: Readonly<Record<string, string>> | undefined): string {
  const parts = Object.entries(selector ?? {}).map(([name, value]) => `${name}=${value}`);
  return parts.length > 0 ? parts.join(',') : '<none>';
}
