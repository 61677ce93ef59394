import type { Component } from '../../../lib/component.ts';
import type { ControlPlaneConfig } from '../../../lib/config/control-plane.ts';
import { isAlreadyExists, isConflict, isNotFound, type KubeClient } from '../../../lib/kube/client.ts';
import { endpoints, endpointSlices, services, type ResourceType } from '../../../lib/kube/resources.ts';
import type { Endpoints, EndpointSlice, KubeObject, Service } from '../../../lib/kube/types.ts';
import { messageOf } from '../../../lib/errors.ts';
import { isEqualJson } from '../../registry/api-object.ts';
import { LOOK_MS, type ApiServerLeases } from './api-server-leases.ts';
import {
  endpointsObject,
  isOwnSlice,
  kubernetesName as NAME,
  kubernetesNamespace as NAMESPACE,
  serviceNameLabel,
  sliceObjects,
  type ApiEndpoint,
} from './kubernetes-endpoints.ts';

const PORT = 443;
/** Other API servers write the same objects at the same time; what does not succeed then does at the next look. */
const WRITE_ATTEMPTS = 5;

/**
 * `default/kubernetes`: how pods reach this API. Brought up to date once the port is known. With `leases`, which is where several API servers tell one another that
 * they are there, the endpoints are those of all that are, and this one's go when it stops.
 */
export class KubernetesService implements Component {
  readonly name = 'kubernetes service';
  readonly #client: KubeClient;
  readonly #config: Pick<ControlPlaneConfig, 'listen' | 'kubernetesServiceIP'>;
  readonly #portOf: () => number;
  readonly #leases: ApiServerLeases | undefined;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    client: KubeClient,
    config: Pick<ControlPlaneConfig, 'listen' | 'kubernetesServiceIP'>,
    portOf: () => number,
    leases?: ApiServerLeases,
  ) {
    this.#client = client;
    this.#config = config;
    this.#portOf = portOf;
    this.#leases = leases;
  }

  async start(signal: AbortSignal): Promise<void> {
    const service = serviceObject(this.#config.kubernetesServiceIP);
    await this.#put(services, await this.#read(services), service, ({ spec }: Service) => ({
      ip: spec?.clusterIP,
      ports: spec?.ports?.map((port) => port.port),
    }));
    await this.#renew();
    if (this.#leases) this.#running = this.#run(this.#leases, AbortSignal.any([signal, this.#stop.signal]));
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#stop.abort(new Error('stopped'));
    await this.#running;
    this.#running = undefined;
    await this.#leases?.release();
    await this.#write(() => this.#leases?.others() ?? Promise.resolve([]));
  }

  async #run(leases: ApiServerLeases, signal: AbortSignal): Promise<void> {
    for (;;) {
      await leases.clock.sleep(LOOK_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.#renew();
      } catch (error) {
        leases.log.warn({ reason: messageOf(error) }, 'the endpoints of the API servers cannot be kept');
      }
    }
  }

  async #renew(): Promise<void> {
    const own = this.#config.listen
      .filter((address) => !address.startsWith('127.') && address !== '::1')
      .map((address) => ({ address, port: this.#portOf() }));
    await this.#leases?.renew(own);
    await this.#write(async () => [...own, ...((await this.#leases?.others()) ?? [])]);
  }

  /** Asks anew who is there when somebody else wrote meanwhile. */
  async #write(wanted: () => Promise<readonly ApiEndpoint[]>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#putAll(wanted);
        return;
      } catch (error) {
        if (attempt >= WRITE_ATTEMPTS || !(isConflict(error) || isAlreadyExists(error))) throw error;
      }
    }
  }

  /** What is there is read before it is asked who is: an API server that comes or goes in between writes what it knows, upon which this write conflicts. */
  async #putAll(wanted: () => Promise<readonly ApiEndpoint[]>): Promise<void> {
    const present = await this.#read(endpoints);
    const labelSelector = `${serviceNameLabel}=${NAME}`;
    const { items } = await this.#client.list(endpointSlices, { namespace: NAMESPACE, labelSelector });
    const all = await wanted();
    await this.#put(endpoints, present, endpointsObject(all), ({ subsets = [] }: Endpoints) => ({ subsets }));
    const slices = sliceObjects(all);
    for (const slice of slices) {
      const before = items.find(({ metadata }) => metadata?.name === slice.metadata?.name);
      await this.#put(endpointSlices, before, slice, ({ endpoints: list, ports }: EndpointSlice) => ({ list, ports }));
    }
    const names = new Set(slices.map(({ metadata }) => metadata?.name));
    for (const { metadata } of items) {
      const name = metadata?.name ?? '';
      if (isOwnSlice(name) && !names.has(name)) await this.#remove(name, metadata?.resourceVersion ?? '');
    }
  }

  async #remove(name: string, resourceVersion: string): Promise<void> {
    try {
      await this.#client.delete(endpointSlices, { namespace: NAMESPACE, name }, { preconditions: { resourceVersion } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #read<T extends KubeObject>(type: ResourceType<T>): Promise<T | undefined> {
    try {
      return await this.#client.get(type, { namespace: NAMESPACE, name: NAME });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #put<T extends KubeObject>(
    type: ResourceType<T>,
    present: T | undefined,
    wanted: T,
    partOf: (object: T) => object,
  ): Promise<void> {
    if (!present) {
      await this.#client.create(type, wanted);
      return;
    }
    if (isEqualJson(partOf(present), partOf(wanted))) return;
    const resourceVersion = present.metadata?.resourceVersion;
    await this.#client.update(type, { ...wanted, metadata: { ...wanted.metadata, resourceVersion } });
  }
}

function serviceObject(clusterIP: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: NAME, namespace: NAMESPACE, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [{ name: 'https', protocol: 'TCP', port: PORT, targetPort: PORT }],
    },
  };
}
