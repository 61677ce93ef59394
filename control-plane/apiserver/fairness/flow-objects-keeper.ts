import type { Clock } from '../../../lib/clock.ts';
import type { Component } from '../../../lib/component.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isAlreadyExists, isConflict, isNotFound, type KubeClient } from '../../../lib/kube/client.ts';
import { flowSchemas, priorityLevelConfigurations, type ResourceType } from '../../../lib/kube/resources.ts';
import type { KubeObject } from '../../../lib/kube/types.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Registry } from '../../registry/registry.ts';
import { planFlowObjects, type FlowAction } from './flow-objects-plan.ts';

/** Beside each change: what failed is tried again. */
const LOOK_EVERY_MS = 60_000;
const MANAGER = 'api-priority-and-fairness-config-producer-v1';

/** Makes the cluster's FlowSchemas and PriorityLevelConfigurations before the API serves, and keeps them. */
export class FlowObjectsKeeper implements Component {
  readonly name = 'flow control objects';
  readonly #registry: Registry;
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  readonly #unfollow: (() => void)[] = [];
  #hasChanged = false;
  #wake: () => void = () => {};
  #running: Promise<void> | undefined;

  constructor(options: {
    readonly registry: Registry;
    readonly client: KubeClient;
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    this.#registry = options.registry;
    this.#client = options.client;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  async start(signal: AbortSignal): Promise<void> {
    // Twice: schemas say something about levels only when both are there.
    await this.#keep();
    await this.#keep();
    for (const type of [flowSchemas, priorityLevelConfigurations]) {
      const unfollow = this.#registry.of(type).cache.follow(() => {
        this.#hasChanged = true;
        this.#wake();
      });
      this.#unfollow.push(unfollow);
    }
    this.#running = this.#run(AbortSignal.any([signal, this.#stop.signal]));
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('stopped'));
    for (const unfollow of this.#unfollow.splice(0)) unfollow();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const wakeUp = () => this.#wake();
    signal.addEventListener('abort', wakeUp, { once: true });
    while (!signal.aborted) {
      await this.#changeOrMinute();
      if (signal.aborted) break;
      this.#hasChanged = false;
      await this.#keep();
    }
    signal.removeEventListener('abort', wakeUp);
  }

  #changeOrMinute(): Promise<void> {
    if (this.#hasChanged) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(LOOK_EVERY_MS, () => resolve());
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  async #keep(): Promise<void> {
    const all = <T extends KubeObject>(type: ResourceType<T>): T[] =>
      [...this.#registry.of(type).cache.all()].map(({ object }) => object as KubeObject as T);
    const plan = planFlowObjects(all(priorityLevelConfigurations), all(flowSchemas), this.#clock.now());
    await Promise.all(plan.levels.map((action) => this.#do(priorityLevelConfigurations, action)));
    await Promise.all(plan.schemas.map((action) => this.#do(flowSchemas, action)));
  }

  async #do<T extends KubeObject>(type: ResourceType<T>, { action, object }: FlowAction<T>): Promise<void> {
    const name = object.metadata?.name ?? '';
    const options = { fieldManager: MANAGER };
    try {
      if (action === 'create') await this.#client.create(type, object, options);
      else if (action === 'delete') await this.#client.delete(type, { name });
      else
        await this.#client.update(type, object, {
          ...options,
          ...(action === 'update status' ? { subresource: 'status' } : {}),
        });
    } catch (error) {
      // Another control plane, or an administrator, was quicker: that change brings the next look.
      if (isAlreadyExists(error) || isConflict(error) || isNotFound(error)) return;
      this.#log.warn({ error: messageOf(error), kind: type.kind, name }, 'a flow control object could not be kept');
    }
  }
}
