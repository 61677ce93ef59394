import type { Component } from '../../../lib/component.ts';
import type { ControlPlaneConfig } from '../../../lib/config/control-plane.ts';
import { isNotFound, type KubeClient } from '../../../lib/kube/client.ts';
import { endpoints, endpointSlices, services, type ResourceType } from '../../../lib/kube/resources.ts';
import type { Endpoints, EndpointSlice, KubeObject, Service } from '../../../lib/kube/types.ts';
import { isEqualJson } from '../../registry/api-object.ts';

const NAMESPACE = 'default';
const NAME = 'kubernetes';
const PORT = 443;

/** `default/kubernetes`: how pods reach this API. Brought up to date once the port is known. */
export class KubernetesService implements Component {
  readonly name = 'kubernetes service';
  readonly #client: KubeClient;
  readonly #config: Pick<ControlPlaneConfig, 'listen' | 'kubernetesServiceIP'>;
  readonly #portOf: () => number;

  constructor(
    client: KubeClient,
    config: Pick<ControlPlaneConfig, 'listen' | 'kubernetesServiceIP'>,
    portOf: () => number,
  ) {
    this.#client = client;
    this.#config = config;
    this.#portOf = portOf;
  }

  async start(): Promise<void> {
    const addresses = this.#config.listen.filter((address) => !address.startsWith('127.') && address !== '::1');
    await this.#put(services, serviceObject(this.#config.kubernetesServiceIP), ({ spec }: Service) => ({
      ip: spec?.clusterIP,
      ports: spec?.ports?.map((port) => port.port),
    }));
    await this.#put(endpoints, endpointsObject(addresses, this.#portOf()), ({ subsets }: Endpoints) => ({ subsets }));
    await this.#put(
      endpointSlices,
      sliceObject(addresses, this.#portOf()),
      ({ endpoints: list, ports }: EndpointSlice) => ({ list, ports }),
    );
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  async #put<T extends KubeObject>(type: ResourceType<T>, wanted: T, partOf: (object: T) => object): Promise<void> {
    let present: T;
    try {
      present = await this.#client.get(type, { namespace: NAMESPACE, name: NAME });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.#client.create(type, wanted);
      return;
    }
    if (!isEqualJson(partOf(present), partOf(wanted))) await this.#client.update(type, wanted);
  }
}

const labels = { component: 'apiserver', provider: 'kubernetes' };

function serviceObject(clusterIP: string): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: NAME, namespace: NAMESPACE, labels },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [{ name: 'https', protocol: 'TCP', port: PORT, targetPort: PORT }],
    },
  };
}

function endpointsObject(addresses: readonly string[], port: number): Endpoints {
  const subset = { addresses: addresses.map((ip) => ({ ip })), ports: [{ name: 'https', port, protocol: 'TCP' }] };
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    // The slice is made here, not mirrored from this.
    metadata: { name: NAME, namespace: NAMESPACE, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: addresses.length > 0 ? [subset] : [],
  };
}

function sliceObject(addresses: readonly string[], port: number): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: NAME, namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': NAME } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
}
