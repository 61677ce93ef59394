import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import { Informer } from '../../lib/kube/informer.ts';
import { keyOf } from '../../lib/kube/object-key.ts';
import {
  configMaps,
  persistentVolumeClaims,
  persistentVolumes,
  secrets,
  type ResourceType,
} from '../../lib/kube/resources.ts';
import type { ConfigMap, KubeObject, PersistentVolume, PersistentVolumeClaim, Secret } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';

interface ObjectReference<T extends KubeObject = KubeObject> {
  readonly resource: ResourceType<T>;
  /** Absent for kinds that are the cluster's. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** The API is given this long to show an object; then it counts as away. */
const FETCH_TIMEOUT_MS = 3_000;

interface Watched {
  readonly informer: Informer<KubeObject>;
  readonly users: Set<string>;
}

/**
 * The ConfigMaps, Secrets, claims and volumes that pods of this node use, each watched by name as long as a pod uses it: a node may see no others. Two pods that use the same
 * one share the watch.
 */
export class ReferencedObjects implements Component {
  readonly name = 'referenced objects';
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #watched = new Map<string, Watched>();
  readonly #handlers = new Set<(podUid: string) => void>();
  readonly #stop = new AbortController();

  constructor(options: { readonly client: KubeClient; readonly clock: Clock; readonly log: Logger }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('referenced objects stopped'));
    const all = [...this.#watched.values()];
    this.#watched.clear();
    await Promise.all(all.map((watched) => watched.informer.stop()));
  }

  /** Tells the pods that use an object when it changed. */
  onChange(handler: (podUid: string) => void): void {
    this.#handlers.add(handler);
  }

  configMap(podUid: string, namespace: string, name: string): Promise<ConfigMap | undefined> {
    return this.#get(podUid, { resource: configMaps, namespace, name });
  }

  secret(podUid: string, namespace: string, name: string): Promise<Secret | undefined> {
    return this.#get(podUid, { resource: secrets, namespace, name });
  }

  claim(podUid: string, namespace: string, name: string): Promise<PersistentVolumeClaim | undefined> {
    return this.#get(podUid, { resource: persistentVolumeClaims, namespace, name });
  }

  volume(podUid: string, name: string): Promise<PersistentVolume | undefined> {
    return this.#get(podUid, { resource: persistentVolumes, name });
  }

  /** The pod is gone: objects that nobody else uses are forgotten. */
  release(podUid: string): void {
    for (const [key, watched] of this.#watched) {
      if (!watched.users.delete(podUid) || watched.users.size > 0) continue;
      this.#watched.delete(key);
      watched.informer.stop().catch(() => undefined);
    }
  }

  async #get<T extends KubeObject>(podUid: string, reference: ObjectReference<T>): Promise<T | undefined> {
    const watched = this.#watch(reference);
    watched.users.add(podUid);
    await watched.informer.whenSynced(AbortSignal.any([this.#stop.signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]));
    // Found by its kind, so that it is one.
    return watched.informer.get(keyOf({ metadata: reference })) as T | undefined;
  }

  #watch({ resource, namespace, name }: ObjectReference): Watched {
    const key = `${resource.plural}/${namespace ?? ''}/${name}`;
    const known = this.#watched.get(key);
    if (known) return known;
    const informer = new Informer<KubeObject>({
      client: this.#client,
      resource,
      clock: this.#clock,
      log: this.#log,
      ...(namespace === undefined ? {} : { namespace }),
      fieldSelector: `metadata.name=${name}`,
    });
    const watched = { informer, users: new Set<string>() };
    informer.onChange(() => {
      for (const user of watched.users) for (const handler of this.#handlers) handler(user);
    });
    this.#watched.set(key, watched);
    void informer.start(this.#stop.signal);
    return watched;
  }
}
