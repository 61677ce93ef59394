import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Informer } from '../../lib/kube/informer.ts';
import { isPodFinished } from '../../lib/kube/pod-facts.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { StateFile } from '../../lib/state-file.ts';
import { admitPod, type NodeCapacity } from './pod-admission.ts';
import type { PodDeps } from './pod-deps.ts';
import { Resizes } from './resize/resizes.ts';
import { Reaper } from './reaper.ts';
import type { StatusWriter } from './status-writer.ts';
import { forbiddenSysctl } from './sysctls.ts';
import { PodWorker } from './worker.ts';

/** So long the API has to say what this node should run; then what is on disk counts until it does. */
const API_PATIENCE_MS = 3_000;

export interface PodManagerOptions {
  readonly deps: PodDeps;
  /** Pods bound to this node. */
  readonly pods: Informer<Pod>;
  /** The pods of this node as last seen: an agent that starts while the API is away knows from here what is to run. */
  readonly cache: StateFile<readonly Pod[]>;
  readonly writer: StatusWriter;
  readonly allocatable: () => NodeCapacity;
  /** Names and patterns of parameters that pods may set beside the safe ones. */
  readonly allowedSysctls: readonly string[];
  /** From seeing a pod to its running, in seconds; once for each pod that began under this agent. */
  readonly onStarted?: ((seconds: number) => void) | undefined;
  /** Nothing of the pod runs and the API does not have it. */
  readonly onGone?: ((pod: Pod) => void) | undefined;
}

/** One worker for each pod that the API binds to this node, and for each that the engine still has of pods that are gone. */
export class PodManager implements Component {
  readonly name = 'pods';
  readonly #options: PodManagerOptions;
  readonly #workers = new Map<string, PodWorker>();
  readonly #reaper: Reaper;
  readonly #resizes: Resizes;
  readonly #stop = new AbortController();
  /** Pods as they were when the agent last ran, until it is known which of them are gone. */
  readonly #before = new Map<string, Pod>();
  #knowsApi = false;
  #unsubscribe: (() => void)[] = [];
  #syncing: Promise<void> = Promise.resolve();

  constructor(options: PodManagerOptions) {
    this.#options = options;
    this.#resizes = new Resizes({
      allocations: options.deps.allocations,
      events: options.deps.events,
      allocatable: options.allocatable,
      pods: () => this.#present(),
      onDecided: (uid) => this.wake(uid),
    });
    this.#reaper = new Reaper({
      deps: options.deps,
      // Until the API has said which pods there are, all are.
      isWanted: (uid) => !this.#knowsApi || this.#workers.has(uid),
      onRemoved: (uid) => options.writer.forget(uid),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { deps, pods, cache } = this.#options;
    const stop = AbortSignal.any([signal, this.#stop.signal]);
    deps.objects.onChange((uid) => this.#workers.get(uid)?.refreshVolumes());
    await deps.allocations.load();
    const kept = await cache.load();
    const cached = Array.isArray(kept) ? (kept as Pod[]) : [];
    for (const pod of cached) this.#before.set(pod.metadata?.uid ?? '', pod);
    await pods.start(stop);
    try {
      await pods.whenSynced(AbortSignal.any([stop, AbortSignal.timeout(API_PATIENCE_MS)]));
    } catch {
      stop.throwIfAborted();
      deps.log.warn('the API does not answer: going on with the pods known from before');
      for (const pod of cached) this.#upsert(pod);
    }
    this.#unsubscribe = [
      pods.onChange((type, pod) => {
        if (type === 'DELETED') this.#remove(pod);
        else this.#upsert(pod);
        cache.save(() => pods.list());
      }),
      deps.observer.onChange((uid) => this.#observed(uid)),
    ];
    await this.#reaper.start(stop);
    this.#syncing = pods.whenSynced(stop).then(
      () => this.#onApiKnown(),
      () => undefined,
    );
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('pod manager stopped'));
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    await this.#syncing;
    await this.#reaper.stop();
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    await this.#options.cache.flush();
    await this.#options.deps.allocations.flush();
  }

  /** Workers of pods that are to run or still end. */
  workers(): Iterable<PodWorker> {
    return this.#workers.values();
  }

  wake(uid: string): void {
    this.#workers.get(uid)?.wake();
  }

  /** From now on it is known which pods are gone: what the engine has of them is ended. */
  #onApiKnown(): void {
    const { deps, pods, cache } = this.#options;
    this.#knowsApi = true;
    const wanted = new Set(pods.list().map((pod) => pod.metadata?.uid));
    for (const worker of this.#workers.values()) if (!wanted.has(worker.uid)) worker.gone(undefined);
    for (const uid of deps.observer.podUids()) this.#observed(uid);
    this.#before.clear();
    cache.save(() => pods.list());
    this.#reaper.wake();
  }

  #upsert(pod: Pod): void {
    const uid = pod.metadata?.uid ?? '';
    const known = this.#workers.get(uid);
    if (known) {
      known.update(pod);
      this.#resizes.seen(pod);
      return;
    }
    const verdict = this.#admit(pod);
    if (verdict) this.#options.deps.events.event(pod, 'Warning', verdict.reason, verdict.message);
    else this.#options.deps.allocations.admit(pod);
    this.#add(pod, verdict);
    this.#resizes.seen(pod);
  }

  /** Pods that are here or still end here, as the API has them. */
  #present(): readonly Pod[] {
    return [...this.#workers.values()].filter((worker) => !worker.isGone).map((worker) => worker.pod);
  }

  #add(pod: Pod, verdict?: ReturnType<typeof admitPod>): PodWorker {
    const { deps, writer } = this.#options;
    const worker = new PodWorker(
      pod,
      deps,
      {
        onStatus: (subject, status, hasEnded) => writer.want(subject, status, hasEnded),
        onStarted: (seconds) => this.#options.onStarted?.(seconds),
        onGone: (uid) => this.#letGo(uid),
      },
      verdict,
    );
    this.#workers.set(worker.uid, worker);
    worker.wake();
    return worker;
  }

  /** Only pods that have not begun: what runs already has its place. */
  #admit(pod: Pod): ReturnType<typeof admitPod> {
    const { deps, allocatable, allowedSysctls } = this.#options;
    const uid = pod.metadata?.uid ?? '';
    const hasBegun = pod.status?.startTime !== undefined || deps.observer.pod(uid).sandboxes.length > 0;
    if (hasBegun || isPodFinished(pod) || pod.metadata?.deletionTimestamp) return undefined;
    const others = this.#present().map((other) => deps.allocations.allocated(other));
    return forbiddenSysctl(pod, allowedSysctls) ?? admitPod(pod, others, allocatable());
  }

  #remove(pod: Pod): void {
    const uid = pod.metadata?.uid ?? '';
    this.#workers.get(uid)?.gone(pod);
    this.#resizes.forget(uid);
  }

  #observed(uid: string): void {
    const worker = this.#workers.get(uid);
    if (worker) worker.wake();
    else if (this.#knowsApi) this.#endOrphan(uid);
    this.#reaper.wake();
  }

  /** A pod that the API does not have and that nobody works on, but that runs. */
  #endOrphan(uid: string): void {
    const { deps } = this.#options;
    const { sandboxes, runs } = deps.observer.pod(uid);
    const all = [...sandboxes, ...[...runs.values()].flat()];
    const running = all.find((container) => container.state === 'running');
    if (!running) return;
    const { podName, podNamespace } = running.owner;
    deps.log.info({ pod: podName, namespace: podNamespace, uid }, 'ending a pod that the API does not have');
    const pod: Pod = this.#before.get(uid) ?? {
      metadata: { name: podName, namespace: podNamespace, uid },
      spec: { containers: [...runs.keys()].map((name) => ({ name })) },
    };
    this.#add(pod).gone(undefined);
  }

  #letGo(uid: string): void {
    const { deps, writer } = this.#options;
    const worker = this.#workers.get(uid);
    if (!worker) return;
    this.#workers.delete(uid);
    deps.probes.forgetPod(uid);
    deps.allocations.forget(uid);
    writer.forget(uid);
    this.#options.onGone?.(worker.pod);
    // Only logs wait for the shipper: secrets and memory go at once. What fails here the reaper's sweep takes.
    deps.volumes
      .remove(uid)
      .catch((error: unknown) => {
        deps.log.warn({ uid, error: messageOf(error) }, 'volumes of a pod could not be removed, trying again later');
      })
      .finally(() => this.#reaper.wake());
    worker.stop().catch((error: unknown) => deps.log.warn({ error: messageOf(error) }, 'pod worker did not stop'));
  }
}
