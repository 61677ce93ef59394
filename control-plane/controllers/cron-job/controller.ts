import { isDeepStrictEqual } from 'node:util';
import type { Component } from '../../../lib/component.ts';
import { isAlreadyExists, isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { controllerOf, controllerRef } from '../../../lib/kube/owner.ts';
import { OwnWrites } from '../../../lib/kube/own-writes.ts';
import { cronJobs, jobs } from '../../../lib/kube/resources.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import type { CronJob, Job } from '../../../lib/kube/types.ts';
import { indexByController, ownedBy } from '../controller-index.ts';
import type { ControllerDeps } from '../deps.ts';
import { isNamespaceEnding } from '../namespace/ending.ts';
import { jobName, planCronJob, type CronJobPlan } from './plan.ts';

/** Cron jobs worked at the same time. */
const WORKERS = 5;
/** A time is never slept past, whatever the clock does: it is looked at again after this at the latest. */
const MAX_WAIT_MS = 10 * 60_000;
const scheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

/** Makes a job at each time that a cron job names, and keeps as many ended ones as it asks for. */
export function cronJobController(deps: ControllerDeps): Component {
  return new CronJobLoop(deps).controller;
}

class CronJobLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #events: EventRecorder;
  readonly #cronJobs: Informer<CronJob>;
  readonly #jobs: Informer<Job>;
  readonly #written: OwnWrites<Job>;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#events = deps.eventsOf('cronjob-controller');
    this.#cronJobs = deps.informers.of(cronJobs);
    this.#jobs = deps.informers.of(jobs);
    indexByController(this.#jobs);
    this.#written = new OwnWrites(this.#jobs, deps.clock);
    this.controller = new Controller({
      name: 'cronjob',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#cronJobs, this.#jobs],
      workers: WORKERS,
    });
    this.#cronJobs.onChange((_, cronJob) => this.controller.enqueue(keyOf(cronJob)));
    this.#jobs.onChange((_, job) => {
      const owner = controllerOf(job);
      if (owner?.kind === 'CronJob') this.controller.enqueue(`${job.metadata?.namespace ?? ''}/${owner.name}`);
    });
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<{ requeueAfterMs: number } | undefined> {
    const cronJob = this.#cronJobs.get(key);
    if (!cronJob) return undefined;
    const uid = cronJob.metadata?.uid ?? '';
    const mine = () => [...this.#written.over(ownedBy(this.#jobs, uid), (job) => controllerOf(job)?.uid === uid)];
    const nowMs = this.#deps.clock.now();
    const plan = planCronJob(cronJob, mine(), nowMs);
    if (plan.note) this.#event(cronJob, 'Warning', plan.note.reason, plan.note.message);
    for (const job of plan.remove) await this.#remove(cronJob, job, signal);
    if (plan.startMs !== undefined) await this.#start(cronJob, plan.startMs, signal);
    await this.#writeStatus(cronJob, plan, planCronJob(cronJob, mine(), nowMs).active, signal);
    if (plan.nextMs === undefined) return undefined;
    return { requeueAfterMs: Math.min(plan.nextMs - nowMs, MAX_WAIT_MS) };
  }

  async #start(cronJob: CronJob, startMs: number, signal: AbortSignal): Promise<void> {
    const { metadata, spec } = cronJob.spec?.jobTemplate ?? {};
    const job: Job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: jobName(cronJob, startMs),
        namespace: cronJob.metadata?.namespace,
        ...(metadata?.labels ? { labels: metadata.labels } : {}),
        annotations: { ...metadata?.annotations, [scheduledAnnotation]: kubeTime(startMs) },
        ownerReferences: [controllerRef(cronJobs, cronJob)],
      },
      ...(spec ? { spec } : {}),
    };
    try {
      const created = await this.#deps.client.create(jobs, job, {}, signal);
      this.#written.wrote(created);
      this.#event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${created.metadata?.name}`);
    } catch (error) {
      if (isAlreadyExists(error) || isNamespaceEnding(error)) return;
      this.#event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${(error as Error).message}`);
      throw error;
    }
  }

  async #remove(cronJob: CronJob, job: Job, signal: AbortSignal): Promise<void> {
    try {
      const options = {
        propagationPolicy: 'Background' as const,
        preconditions: { uid: job.metadata?.uid ?? '' },
      };
      this.#written.deleted(await this.#deps.client.delete(jobs, splitKey(keyOf(job)), options, signal));
      this.#event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata?.name}`);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #writeStatus(
    cronJob: CronJob,
    { startMs, lastSuccessfulTime }: CronJobPlan,
    active: readonly Job[],
    signal: AbortSignal,
  ): Promise<void> {
    const references = active.map(({ metadata }) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      name: metadata?.name ?? '',
      namespace: metadata?.namespace ?? '',
      uid: metadata?.uid ?? '',
    }));
    const lastScheduleTime = startMs === undefined ? cronJob.status?.lastScheduleTime : kubeTime(startMs);
    const status = {
      ...(references.length > 0 ? { active: references } : {}),
      ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
      ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    };
    if (isDeepStrictEqual(status, cronJob.status ?? {})) return;
    try {
      const latest = this.#cronJobs.get(keyOf(cronJob)) ?? cronJob;
      await this.#deps.client.update(cronJobs, { ...latest, status }, { subresource: 'status' }, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #event(cronJob: CronJob, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.event({ resource: cronJobs, object: cronJob }, type, reason, message);
  }
}
