import { isDeepStrictEqual } from 'node:util';
import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf, splitKey } from '../../../lib/kube/object-key.ts';
import { controllerOf } from '../../../lib/kube/owner.ts';
import { OwnWrites } from '../../../lib/kube/own-writes.ts';
import { jobs, pods } from '../../../lib/kube/resources.ts';
import type { Job, Pod } from '../../../lib/kube/types.ts';
import { indexByController, ownedBy } from '../controller-index.ts';
import type { ControllerDeps } from '../deps.ts';
import { slowStart } from '../slow-start.ts';
import { isTracked, jobPod, trackingFinalizer, type WantedPod } from './job-pod.ts';
import { planJob, type JobPlan } from './plan.ts';

/** Jobs worked at the same time. */
const WORKERS = 5;
const byJob = 'job';

/** Runs the pods of each job until as many as it asks for have succeeded, or it has failed too often. */
export function jobController(deps: ControllerDeps): Component {
  return new JobLoop(deps).controller;
}

class JobLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #events: EventRecorder;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  readonly #written: OwnWrites<Pod>;

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#events = deps.eventsOf('job-controller');
    this.#jobs = deps.informers.of(jobs);
    this.#pods = deps.informers.of(pods);
    indexByController(this.#pods);
    this.#pods.addIndex(byJob, (pod) => {
      const owner = controllerOf(pod);
      return owner?.kind === 'Job' ? [`${pod.metadata?.namespace ?? ''}/${owner.name}`] : [];
    });
    this.#written = new OwnWrites(this.#pods, deps.clock);
    this.controller = new Controller({
      name: 'job',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#jobs, this.#pods],
      workers: WORKERS,
    });
    this.#jobs.onChange((_, job) => this.controller.enqueue(keyOf(job)));
    this.#pods.onChange((_, pod) => {
      const owner = controllerOf(pod);
      if (owner?.kind === 'Job') this.controller.enqueue(`${pod.metadata?.namespace ?? ''}/${owner.name}`);
    });
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<{ requeueAfterMs?: number | undefined } | undefined> {
    const job = this.#jobs.get(key);
    await this.#letGoOfOrphans(key, job, signal);
    if (!job) return undefined;
    const uid = job.metadata?.uid ?? '';
    const mine = this.#written.over(ownedBy(this.#pods, uid), (pod) => controllerOf(pod)?.uid === uid);
    const plan = planJob(job, [...mine], this.#deps.clock.now());
    if (plan.isExpired) {
      const options = { propagationPolicy: 'Background' as const, preconditions: { uid } };
      await this.#deps.client.delete(jobs, splitKey(key), options, signal);
      return undefined;
    }
    if (!(await this.#writeStatus(job, plan, signal))) return undefined;
    for (const pod of plan.untrack) await this.#untrack(pod, signal);
    await this.#remove(job, plan.remove, signal);
    await this.#create(job, plan, signal);
    return { requeueAfterMs: plan.lookAgainAfterMs };
  }

  /** Pods of a job that is gone, or that had this name before: nobody will count them any more. */
  async #letGoOfOrphans(key: string, job: Job | undefined, signal: AbortSignal): Promise<void> {
    for (const pod of this.#pods.byIndex(byJob, key)) {
      if (isTracked(pod) && controllerOf(pod)?.uid !== job?.metadata?.uid) await this.#untrack(pod, signal);
    }
  }

  async #writeStatus(job: Job, { status, ended }: JobPlan, signal: AbortSignal): Promise<boolean> {
    if (isDeepStrictEqual(status, job.status)) return true;
    try {
      await this.#deps.client.update(jobs, { ...job, status }, { subresource: 'status' }, signal);
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
    if (ended?.type === 'Complete') this.#event(job, 'Normal', 'Completed', 'Job completed');
    else if (ended) this.#event(job, 'Warning', ended.reason ?? 'Failed', ended.message ?? '');
    return true;
  }

  async #untrack(pod: Pod, signal: AbortSignal): Promise<void> {
    const { uid, resourceVersion, finalizers = [] } = pod.metadata ?? {};
    const kept = finalizers.filter((one) => one !== trackingFinalizer);
    const body = { metadata: { uid, resourceVersion, finalizers: kept } };
    try {
      this.#written.wrote(await this.#deps.client.patch(pods, splitKey(keyOf(pod)), 'merge', body, {}, signal));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #remove(job: Job, doomed: readonly Pod[], signal: AbortSignal): Promise<void> {
    for (const pod of doomed) {
      try {
        const preconditions = { uid: pod.metadata?.uid ?? '' };
        this.#written.deleted(await this.#deps.client.delete(pods, splitKey(keyOf(pod)), { preconditions }, signal));
        this.#event(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata?.name}`);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }

  async #create(job: Job, { create }: JobPlan, signal: AbortSignal): Promise<void> {
    const failed = await slowStart(create, (wanted) => this.#createOne(job, wanted, signal));
    if (!failed) return;
    this.#event(job, 'Warning', 'FailedCreate', `Error creating: ${messageOf(failed.error)}`);
    throw failed.error;
  }

  async #createOne(job: Job, wanted: WantedPod, signal: AbortSignal): Promise<void> {
    const created = await this.#deps.client.create(pods, jobPod(job, wanted), {}, signal);
    this.#written.wrote(created);
    this.#event(job, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata?.name}`);
  }

  #event(job: Job, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#events.event({ resource: jobs, object: job }, type, reason, message);
  }
}
