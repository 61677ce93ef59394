import { FakeClock } from '../../../lib/clock.ts';
import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { pods, namespaces } from '../../../lib/kube/resources.ts';
import { SharedInformers } from '../../../lib/kube/shared-informers.ts';
import { silentLog } from '../../../lib/log.ts';
import { profiles, type ProfileName } from '../../../lib/profiles.ts';
import type { RecordWriter } from '../../../lib/signals/record-writer.ts';
import { namespaceLifecycle } from '../../../control-plane/admission/namespace-lifecycle.ts';
import { defaultTolerationSeconds } from '../../../control-plane/admission/pod-defaults.ts';
import { serviceAccountAdmission } from '../../../control-plane/admission/service-account.ts';
import { defaultStorageClass, storageInUseProtection } from '../../../control-plane/admission/storage.ts';
import { controllers } from '../../../control-plane/controllers/all.ts';
import { systemChance } from '../../../control-plane/registry/chance.ts';
import { conversionWebhook } from '../../../control-plane/admission/webhooks/conversion-webhook.ts';
import { CustomKinds } from '../../../control-plane/registry/custom/custom-kinds.ts';
import { definitions } from '../../../control-plane/registry/definitions.ts';
import { LocalKubeClient } from '../../../control-plane/registry/local-client.ts';
import { Registry } from '../../../control-plane/registry/registry.ts';
import { evictPod } from '../../../control-plane/registry/subresources/pod-eviction.ts';
import { bindPod } from '../../../control-plane/registry/subresources/pod-binding.ts';
import { noFailureMemory, type FailureMemory } from '../../../control-plane/scheduler/failure-memory.ts';
import { Scheduler } from '../../../control-plane/scheduler/scheduler.ts';
import { MemoryStore } from '../../../control-plane/store/memory-store.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import { HollowKubelets } from './hollow-kubelets.ts';
import { MemoryVolumeFolders } from './memory-volume-folders.ts';
import { laggingWatch } from './lagging-watch.ts';

/** Steps of the fake clock while a test waits for something. */
const STEP_MS = 50;

interface ControlLoopsOptions {
  readonly profile?: ProfileName;
  readonly failures?: FailureMemory;
  readonly clock?: FakeClock;
  /** Watch events reach the informers so much later. */
  readonly watchLagMs?: number;
}

/** A control plane in this process on a memory store and a clock that tests move: registry, scheduler, all controllers, and hollow kubelets. */
export class ControlLoops {
  readonly clock: FakeClock;
  readonly client: LocalKubeClient;
  readonly kubelets: HollowKubelets;
  readonly folders = new MemoryVolumeFolders();
  /** Documents that were handed over for shipping, by dataset. */
  readonly records: { dataset: string; document: Readonly<Record<string, unknown>> }[] = [];
  readonly #components: readonly Component[];
  readonly #stop = new AbortController();

  private constructor(options: ControlLoopsOptions) {
    const clock = options.clock ?? new FakeClock();
    this.clock = clock;
    const log = silentLog;
    const profile = profiles[options.profile ?? 'vigil'];
    const store = new MemoryStore();
    const registry = new Registry({ store, clock, chance: systemChance, log, definitions });
    registry.handleSubresource(pods, 'binding', bindPod);
    registry.handleSubresource(pods, 'eviction', evictPod);
    registry.use(
      namespaceLifecycle(registry),
      serviceAccountAdmission(registry),
      defaultTolerationSeconds(profile.nodeEvictionAfterMs / 1000),
      defaultStorageClass(registry),
      storageInUseProtection,
    );
    const client = new LocalKubeClient(registry);
    const seen = options.watchLagMs ? laggingWatch(client, clock, options.watchLagMs) : client;
    const informers = new SharedInformers({ client: seen, clock, log });
    const records: RecordWriter = {
      append: (dataset, document) => this.records.push({ dataset, document }),
    };
    const shared = { client, informers, clock, log, records, clusterName: 'test' };
    this.client = client;
    this.kubelets = new HollowKubelets(client, informers, clock, profile);
    this.#components = [
      store,
      registry,
      new CustomKinds(registry, conversionWebhook(registry)),
      ...controllers({ ...shared, profile, caCert: 'the CA', volumeFolders: this.folders }),
      new Scheduler({ ...shared, failures: options.failures ?? noFailureMemory }),
      informers,
    ];
  }

  static async start(
    options: ControlLoopsOptions & { readonly nodes?: readonly string[] } = {},
  ): Promise<ControlLoops> {
    const loops = new ControlLoops(options);
    for (const component of loops.#components) await component.start(loops.#stop.signal);
    await loops.client.create(namespaces, { metadata: { name: 'default' } });
    for (const name of options.nodes ?? ['node-1', 'node-2', 'node-3']) await loops.kubelets.join(name);
    await loops.clock.advance(STEP_MS);
    return loops;
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the test is over'));
    for (const component of this.#components.toReversed()) await component.stop(AbortSignal.abort());
  }

  /** Moves the clock until `check` gives something; fails with what it said last after `withinMs` of the fake clock. */
  async until<T>(
    what: string,
    check: () => Promise<T | undefined | false> | T | undefined | false,
    withinMs = 30_000,
  ): Promise<T> {
    let last = 'it was not so';
    for (let passedMs = 0; passedMs <= withinMs; passedMs += STEP_MS) {
      try {
        const value = await check();
        if (value !== undefined && value !== false) return value;
        last = 'it was not so';
      } catch (error) {
        last = messageOf(error);
      }
      await this.clock.advance(STEP_MS);
    }
    throw new Error(`${what}: not within ${withinMs / 1000} s: ${last}`);
  }

  /** Pods of `default` that are not being deleted. */
  async pods(labelSelector?: string): Promise<Pod[]> {
    const list = await this.client.list(pods, { namespace: 'default', labelSelector });
    return list.items.filter((pod) => pod.metadata?.deletionTimestamp === undefined);
  }
}
