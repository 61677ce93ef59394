import type { Component } from '../../../lib/component.ts';
import { isAlreadyExists, isConflict, isNotFound, type KubeClient } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import { apiServices, customResourceDefinitions, type ResourceType } from '../../../lib/kube/resources.ts';
import type { APIService, CustomResourceDefinition } from '../../../lib/kube/types.ts';
import type { Registry } from '../../registry/registry.ts';
import { postedKinds } from '../posted-kinds.ts';
import { localApiService, planLocal, registrationGroup, type LocalGroupVersion } from './local-plan.ts';

/** Keeps an APIService for each group version that this server answers itself, so that lists of them tell of everything that is served. */
export class LocalApiServices implements Component {
  readonly name = 'local APIServices';
  readonly #registry: Registry;
  readonly #client: KubeClient;
  readonly #controller: Controller;
  /** By name; custom kinds come from their definitions. */
  readonly #fixed = new Map<string, LocalGroupVersion>();
  readonly #unfollow: (() => void)[] = [];
  #hasStarted = false;

  constructor(registry: Registry, client: KubeClient) {
    this.#registry = registry;
    this.#client = client;
    this.#controller = new Controller({
      name: 'local-api-services',
      clock: registry.clock,
      log: registry.log,
      reconcile: (name) => this.#sync(name, false),
    });
    for (const type of builtInTypes(registry)) this.#add({ ...versionOf(type), keeping: 'onstart' });
  }

  async start(signal: AbortSignal): Promise<void> {
    const present = [...this.#registry.of(apiServices).cache.all()].map(({ key }) => key);
    const custom = [...this.#registry.of(customResourceDefinitions).cache.all()].flatMap(({ object }) =>
      namesOf(object as unknown as CustomResourceDefinition),
    );
    const names = new Set([...this.#fixed.keys(), ...present, ...custom]);
    await Promise.all([...names].map((name) => this.#sync(name, true)));
    this.#unfollow.push(
      this.#registry.of(apiServices).cache.follow(({ entry }) => this.#controller.enqueue(entry.key)),
      this.#registry.of(customResourceDefinitions).cache.follow(({ entry, previous }) => {
        for (const one of [entry, previous])
          for (const name of one ? namesOf(one.object as unknown as CustomResourceDefinition) : [])
            this.#controller.enqueue(name);
      }),
    );
    this.#hasStarted = true;
    await this.#controller.start(signal);
  }

  async stop(): Promise<void> {
    for (const end of this.#unfollow.splice(0)) end();
    await this.#controller.stop();
  }

  /** Groups that are computed here rather than stored. Another server may take them over. */
  announce(versions: readonly { readonly group: string; readonly version: string }[]): void {
    for (const one of versions) {
      const name = this.#add({ ...versionOf(one), keeping: 'fallback' });
      if (this.#hasStarted) this.#controller.enqueue(name);
    }
  }

  #add(local: LocalGroupVersion): string {
    const name = `${local.version}.${local.group}`;
    if (local.group !== registrationGroup) this.#fixed.set(name, local);
    return name;
  }

  #localOf(name: string): LocalGroupVersion | undefined {
    const fixed = this.#fixed.get(name);
    if (fixed) return fixed;
    for (const { object } of this.#registry.of(customResourceDefinitions).cache.all()) {
      const crd = object as unknown as CustomResourceDefinition;
      if (!namesOf(crd).includes(name)) continue;
      return { group: crd.spec.group, version: name.slice(0, -crd.spec.group.length - 1), keeping: 'true' };
    }
    return undefined;
  }

  async #sync(name: string, isStart: boolean): Promise<void> {
    const local = this.#localOf(name);
    const present = this.#registry.of(apiServices).cache.get(name)?.object as APIService | undefined;
    const action = planLocal(local, present, isStart);
    try {
      if (action === 'create' && local) await this.#client.create(apiServices, localApiService(local));
      if (action === 'update' && local) await this.#client.update(apiServices, renewed(present, local));
      if (action === 'delete') await this.#client.delete(apiServices, { name });
    } catch (error) {
      // Another control plane does the same at the same time.
      if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}

function renewed(present: APIService | undefined, local: LocalGroupVersion): APIService {
  const wanted = localApiService(local);
  const labels = { ...present?.metadata?.labels, ...wanted.metadata?.labels };
  return { ...wanted, metadata: { ...present?.metadata, ...wanted.metadata, labels } };
}

function builtInTypes(registry: Registry): readonly ResourceType[] {
  const stored = [...registry.resources].flatMap(({ definition }) =>
    definition.custom ? [] : [definition.resource, ...definition.views.map((view) => view.resource)],
  );
  return [...stored, ...postedKinds];
}

function versionOf({ group, version }: { readonly group: string; readonly version: string }) {
  return { group, version };
}

/** While a definition is being deleted its kind is still served, to let the objects go. */
function namesOf({ spec }: CustomResourceDefinition): readonly string[] {
  return spec.versions.filter((version) => version.served).map((version) => `${version.name}.${spec.group}`);
}
