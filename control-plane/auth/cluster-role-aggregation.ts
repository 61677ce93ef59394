import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { isNotFound, type KubeClient } from '../../lib/kube/client.ts';
import { Controller } from '../../lib/kube/controller.ts';
import { clusterRoles } from '../../lib/kube/resources.ts';
import type { ClusterRole, KubeObject } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';
import type { Registry, Resource } from '../registry/registry.ts';
import { aggregatedRules, areSameRules } from './aggregated-rules.ts';

const MANAGER = 'clusterrole-aggregation-controller';
/** Roles that aggregate aggregated roles are complete after as many rounds as they are deep; the rest is left to the queue. */
const MAX_FIRST_ROUNDS = 8;

/**
 * Writes into each aggregated ClusterRole the rules of those that it selects, and overwrites what else is there. Every API server does it, before it serves and
 * from then on, since RBAC reads only what is written: nobody's rights wait for a leader. Source: `kube-controller-manager`'s clusterroleaggregation.
 */
export class ClusterRoleAggregation implements Component {
  readonly name = 'cluster role aggregation';
  readonly #roles: Resource;
  readonly #client: KubeClient;
  readonly #controller: Controller;
  #unfollow: () => void = () => {};

  constructor(options: {
    readonly registry: Registry;
    readonly client: KubeClient;
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    this.#roles = options.registry.of(clusterRoles);
    this.#client = options.client;
    this.#controller = new Controller({
      name: MANAGER,
      clock: options.clock,
      log: options.log,
      reconcile: async (name, signal) => {
        await this.#aggregate(name, signal);
      },
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#unfollow = this.#roles.cache.follow(() => this.#enqueueAll());
    for (let round = 0; round < MAX_FIRST_ROUNDS; round++) {
      let hasChanged = false;
      // What another API server writes at the same time is the queue's to look at.
      for (const name of this.#aggregated())
        hasChanged = (await this.#aggregate(name, signal).catch(() => false)) || hasChanged;
      if (!hasChanged) break;
    }
    this.#enqueueAll();
    await this.#controller.start(signal);
  }

  async stop(): Promise<void> {
    this.#unfollow();
    await this.#controller.stop();
  }

  #enqueueAll(): void {
    for (const name of this.#aggregated()) this.#controller.enqueue(name);
  }

  #aggregated(): readonly string[] {
    return this.#all()
      .filter(({ aggregationRule }) => aggregationRule)
      .map(({ metadata }) => metadata?.name ?? '');
  }

  #all(): readonly ClusterRole[] {
    return [...this.#roles.cache.all()].map(({ object }) => object as KubeObject as ClusterRole);
  }

  /** Whether there was something to write. */
  async #aggregate(name: string, signal: AbortSignal): Promise<boolean> {
    const role = this.#roles.cache.get(name)?.object as ClusterRole | undefined;
    const rules = role && aggregatedRules(role, this.#all());
    if (!rules || areSameRules(role.rules ?? [], rules)) return false;
    try {
      await this.#client.update(clusterRoles, { ...role, rules: [...rules] }, { fieldManager: MANAGER }, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return true;
  }
}
