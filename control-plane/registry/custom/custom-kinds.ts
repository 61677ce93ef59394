import type { Component } from '../../../lib/component.ts';
import { isNotFound } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import { customResourceDefinitions } from '../../../lib/kube/resources.ts';
import type { CustomResourceDefinition } from '../../../lib/kube/types.ts';
import type { ApiObject } from '../api-object.ts';
import { cloneObject, isEqualJson } from '../api-object.ts';
import type { CacheEvent } from '../cache-entry.ts';
import type { ResourceDefinition } from '../definition.ts';
import { deleteSelected } from '../delete.ts';
import type { Registry } from '../registry.ts';
import { systemContext } from '../request.ts';
import { parseSelection } from '../selection.ts';
import { updateObject } from '../update.ts';
import { crdStatus } from './crd-status.ts';
import { customKind } from './custom-definition.ts';
import type { AskWebhook } from './conversion/converter.ts';
import { cleanupFinalizer } from './custom-resource-definition.ts';
import { nameConflict } from './names-in-use.ts';

/** While objects of a definition that is being deleted are left, they are looked at again after this. */
const RECHECK_MS = 500;

/**
 * Serves the kinds that CustomResourceDefinitions define: from the moment a definition is written until it and its objects are gone. What is served changes
 * with the write itself, so that whoever defined a kind can use it at once; the definition's status follows.
 */
export class CustomKinds implements Component {
  readonly name = 'custom kinds';
  readonly #registry: Registry;
  readonly #controller: Controller;
  /** By the definition's name: what is served, made of which generation. */
  readonly #askConverter: AskWebhook;
  readonly #served = new Map<string, { readonly definition: ResourceDefinition; readonly generation: number }>();
  #unfollow: () => void = () => {};

  constructor(registry: Registry, askConverter: AskWebhook) {
    this.#registry = registry;
    this.#askConverter = askConverter;
    this.#controller = new Controller({
      name: 'custom-resource-definitions',
      clock: registry.clock,
      log: registry.log,
      reconcile: (name) => this.#reconcile(name),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    const { cache } = this.#registry.of(customResourceDefinitions);
    for (const { object } of cache.all()) this.#serve(object as unknown as CustomResourceDefinition);
    this.#unfollow = cache.follow((event) => this.#changed(event));
    await this.#controller.start(signal);
    for (const { object } of cache.all()) this.#controller.enqueue(object.metadata.name ?? '');
  }

  async stop(): Promise<void> {
    this.#unfollow();
    await this.#controller.stop();
  }

  #changed({ type, entry: { object } }: CacheEvent): void {
    const crd = object as unknown as CustomResourceDefinition;
    const name = crd.metadata?.name ?? '';
    if (type === 'DELETED') {
      const served = this.#served.get(name);
      this.#served.delete(name);
      if (served) this.#registry.undefine(served.definition);
      return;
    }
    this.#serve(crd);
    this.#controller.enqueue(name);
  }

  #serve(crd: CustomResourceDefinition): void {
    const name = crd.metadata?.name ?? '';
    const generation = crd.metadata?.generation ?? 0;
    const served = this.#served.get(name);
    if (served?.generation === generation || (!served && this.#conflictOf(crd))) return;
    const { clock, chance } = this.#registry;
    const { definition, versions } = customKind(crd, { clock, uid: () => chance.uid(), ask: this.#askConverter });
    this.#registry.define(definition, versions);
    this.#served.set(name, { definition, generation });
  }

  #conflictOf(crd: CustomResourceDefinition): ReturnType<typeof nameConflict> {
    return nameConflict(
      crd,
      [...this.#registry.resources].map((resource) => resource.definition),
    );
  }

  async #reconcile(name: string): Promise<{ requeueAfterMs: number } | undefined> {
    const registry = this.#registry;
    const resource = registry.of(customResourceDefinitions);
    const crd = resource.cache.get(name)?.object as unknown as CustomResourceDefinition | undefined;
    if (!crd) return undefined;
    const isEnding = crd.metadata?.deletionTimestamp !== undefined;
    const remaining = isEnding ? await this.#removeObjects(name) : undefined;
    const facts = { conflict: this.#conflictOf(crd), remaining, nowMs: registry.clock.now() };
    const target = { namespace: undefined, name };
    try {
      await updateObject(registry, resource, { ...target, subresource: 'status' }, systemContext(), (current) => {
        const status = crdStatus(current as unknown as CustomResourceDefinition, facts);
        return isEqualJson(status, current['status']) ? untied(current) : { ...untied(current), status };
      });
      if (remaining === 0) await updateObject(registry, resource, target, systemContext(), withoutFinalizer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return remaining ? { requeueAfterMs: RECHECK_MS } : undefined;
  }

  /** Asks for the deletion of all objects; resolves with how many are left. */
  async #removeObjects(name: string): Promise<number> {
    const served = this.#served.get(name);
    if (!served) return 0;
    // Whoever converts the objects may be gone already.
    const resource = { ...this.#registry.of(served.definition.resource), conversion: undefined };
    const everything = parseSelection(served.definition, {});
    await deleteSelected(this.#registry, resource, everything, { propagationPolicy: 'Background' }, systemContext());
    return resource.cache.size;
  }
}

/** A copy that an update takes whatever the object's revision is by then. */
function untied(object: ApiObject): ApiObject {
  const copy = cloneObject(object);
  delete copy.metadata.resourceVersion;
  return copy;
}

function withoutFinalizer(object: ApiObject): ApiObject {
  const copy = untied(object);
  copy.metadata.finalizers = copy.metadata.finalizers?.filter((one) => one !== cleanupFinalizer) ?? [];
  return copy;
}
