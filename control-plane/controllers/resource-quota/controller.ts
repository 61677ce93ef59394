import { isDeepStrictEqual } from 'node:util';
import type { Component } from '../../../lib/component.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { keyOf } from '../../../lib/kube/object-key.ts';
import { kindOfQuotaName, quotaCounts, totalUsage, usageOf, usageTexts, type Usage } from '../../../lib/kube/quota.ts';
import { resourceQuotas, type ResourceType } from '../../../lib/kube/resources.ts';
import type { KubeObject, ResourceQuota } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { namespacedKinds } from '../kinds.ts';
import { byNamespace, inNamespace } from '../namespace/index-by-namespace.ts';

/** Says in each quota how much of it is used. What may be used is decided by admission, which counts for itself. */
export function resourceQuotaController(deps: ControllerDeps): Component {
  return new QuotaLoop(deps).controller;
}

class QuotaLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #quotas: Informer<ResourceQuota>;
  /** Kinds that quotas may speak of, by `plural.group`. */
  readonly #counted = new Map<string, Informer>();

  constructor(deps: ControllerDeps) {
    this.#deps = deps;
    this.#quotas = deps.informers.of(resourceQuotas);
    byNamespace(this.#quotas);
    for (const kind of namespacedKinds) this.#counted.set(nameOf(kind), deps.informers.of(kind));
    this.controller = new Controller({
      name: 'resourcequota',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#quotas],
    });
    this.#quotas.onChange((_, quota) => this.controller.enqueue(keyOf(quota)));
    for (const [name, informer] of this.#counted) {
      byNamespace(informer);
      informer.onChange((_, object) => this.#enqueueOf(name, object));
    }
  }

  #enqueueOf(kind: string, object: KubeObject): void {
    for (const quota of inNamespace(this.#quotas, object.metadata?.namespace ?? '')) {
      if (Object.keys(quota.spec?.hard ?? {}).some((name) => kindOfQuotaName(name) === kind))
        this.controller.enqueue(keyOf(quota));
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const quota = this.#quotas.get(key);
    if (!quota) return;
    const hard = quota.spec?.hard ?? {};
    const used = usageTexts(this.#used(quota));
    const status = { hard, used };
    if (isDeepStrictEqual(status, quota.status)) return;
    try {
      await this.#deps.client.update(resourceQuotas, { ...quota, status }, { subresource: 'status' }, signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #used(quota: ResourceQuota): Usage {
    const names = Object.keys(quota.spec?.hard ?? {});
    const kinds = new Set(names.map(kindOfQuotaName));
    const usages = [...kinds].flatMap((kind) => {
      const informer = this.#counted.get(kind);
      if (!informer) return [];
      const { group, plural } = informer.resource;
      return inNamespace(informer, quota.metadata?.namespace)
        .filter((object) => quotaCounts(quota, plural, object))
        .map((object) => usageOf(group, plural, object));
    });
    return totalUsage(names, usages);
  }
}

function nameOf({ group, plural }: ResourceType): string {
  return group === '' ? plural : `${plural}.${group}`;
}
