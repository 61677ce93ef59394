import type { Clock } from '../../../lib/clock.ts';
import type {
  DeleteOptions,
  KubeClient,
  ListOptions,
  ObjectKey,
  PatchOptions,
  PatchType,
  WatchOptions,
  WriteOptions,
} from '../../../lib/kube/client.ts';
import { HttpKubeClient } from '../../../lib/kube/http-client.ts';
import type { ResourceType } from '../../../lib/kube/resources.ts';
import type { KubeList, KubeObject, WatchEvent } from '../../../lib/kube/types.ts';
import type { User } from '../extension.ts';
import type { AggregatedLink } from './aggregated-link.ts';
import type { ApiServiceRoutes } from './routes.ts';

/** As whom the loops of the control plane ask aggregated servers. */
const controllers: User = {
  name: 'system:kube-controller-manager',
  groups: ['system:masters', 'system:authenticated'],
};

/** The client of the control plane's own loops: objects that another server answers are asked for there, all others in the registry. */
export class RoutedKubeClient implements KubeClient {
  readonly #local: KubeClient;
  readonly #routes: ApiServiceRoutes;
  readonly #remote: HttpKubeClient;

  constructor(local: KubeClient, routes: ApiServiceRoutes, link: AggregatedLink, clock: Clock) {
    this.#local = local;
    this.#routes = routes;
    this.#remote = new HttpKubeClient({
      server: 'https://aggregated',
      clock,
      route: (path) => {
        const route = routes.ofPath(path);
        if (!route?.isAvailable) throw new Error('service unavailable');
        return link.optionsFor(route, controllers);
      },
    });
  }

  get<T extends KubeObject>(resource: ResourceType<T>, key: ObjectKey, signal?: AbortSignal): Promise<T> {
    return this.#of(resource).get(resource, key, signal);
  }

  list<T extends KubeObject>(
    resource: ResourceType<T>,
    options?: ListOptions,
    signal?: AbortSignal,
  ): Promise<KubeList<T>> {
    return this.#of(resource).list(resource, options, signal);
  }

  watch<T extends KubeObject>(
    resource: ResourceType<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    return this.#of(resource).watch(resource, options, signal);
  }

  create<T extends KubeObject>(
    resource: ResourceType<T>,
    object: T,
    options?: WriteOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#of(resource).create(resource, object, options, signal);
  }

  update<T extends KubeObject>(
    resource: ResourceType<T>,
    object: T,
    options?: WriteOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#of(resource).update(resource, object, options, signal);
  }

  patch<T extends KubeObject>(
    resource: ResourceType<T>,
    key: ObjectKey,
    type: PatchType,
    body: unknown,
    options?: PatchOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#of(resource).patch(resource, key, type, body, options, signal);
  }

  delete<T extends KubeObject>(
    resource: ResourceType<T>,
    key: ObjectKey,
    options?: DeleteOptions,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#of(resource).delete(resource, key, options, signal);
  }

  deleteCollection<T extends KubeObject>(
    resource: ResourceType<T>,
    selection: ListOptions,
    options?: DeleteOptions,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#of(resource).deleteCollection(resource, selection, options, signal);
  }

  createSubresource(
    resource: ResourceType,
    key: ObjectKey,
    subresource: string,
    body: KubeObject,
    signal?: AbortSignal,
  ): Promise<KubeObject> {
    return this.#of(resource).createSubresource(resource, key, subresource, body, signal);
  }

  #of({ group, version }: ResourceType): KubeClient {
    if (this.#routes.isEmpty) return this.#local;
    return this.#routes.find(group, version) ? this.#remote : this.#local;
  }
}
