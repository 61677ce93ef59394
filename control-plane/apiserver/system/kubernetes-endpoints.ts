import type { Endpoints, EndpointSlice } from '../../../lib/kube/types.ts';

export const kubernetesNamespace = 'default';
export const kubernetesName = 'kubernetes';
export const serviceNameLabel = 'kubernetes.io/service-name';

/** Where one API server answers. */
export interface ApiEndpoint {
  readonly address: string;
  readonly port: number;
}

interface Group {
  readonly port: number;
  readonly addresses: readonly string[];
}

/** `default/kubernetes` Endpoints for these, in an order that every API server arrives at. */
export function endpointsObject(all: readonly ApiEndpoint[]): Endpoints {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    // The slices are made here, not mirrored from this.
    metadata: {
      name: kubernetesName,
      namespace: kubernetesNamespace,
      labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' },
    },
    subsets: byPort(all).map(({ port, addresses }) => ({
      addresses: addresses.map((ip) => ({ ip })),
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    })),
  };
}

/** The same as EndpointSlices: `kubernetes`, and a further one for each further port, which a slice cannot say of single addresses. */
export function sliceObjects(all: readonly ApiEndpoint[]): readonly EndpointSlice[] {
  const [first = { port: 0, addresses: [] }, ...others] = byPort(all);
  return [
    sliceObject(kubernetesName, first),
    ...others.map((group) => sliceObject(`${kubernetesName}-${group.port}`, group)),
  ];
}

/** Whether a slice of that name is one of `sliceObjects`' and not somebody else's. */
export function isOwnSlice(name: string): boolean {
  return name === kubernetesName || new RegExp(`^${kubernetesName}-\\d+$`).test(name);
}

function sliceObject(name: string, { port, addresses }: Group): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: kubernetesNamespace, labels: { [serviceNameLabel]: kubernetesName } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: port === 0 ? [] : [{ name: 'https', port, protocol: 'TCP' }],
  };
}

function byPort(all: readonly ApiEndpoint[]): readonly Group[] {
  const groups = new Map<number, Set<string>>();
  for (const { address, port } of all) {
    const group = groups.get(port);
    if (group) group.add(address);
    else groups.set(port, new Set([address]));
  }
  return [...groups].sort(([a], [b]) => a - b).map(([port, addresses]) => ({ port, addresses: [...addresses].sort() }));
}
