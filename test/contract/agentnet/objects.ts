import type { EndpointSlice, Node, Service } from '../../../lib/kube/types.ts';

/** A Service of namespace `default` with one port 80 → 8080. */
export function service(name: string, spec: Partial<NonNullable<Service['spec']>> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' }], type: 'ClusterIP', ...spec },
  };
}

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];

/** The EndpointSlice of a Service; a text is a ready endpoint at that address. */
export function slice(
  serviceName: string,
  endpoints: readonly (string | Endpoint)[],
  ports: EndpointSlice['ports'] = [{ port: 8080, protocol: 'TCP' }],
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${serviceName}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': serviceName } },
    addressType: 'IPv4',
    endpoints: endpoints.map((endpoint) =>
      typeof endpoint === 'string' ? { addresses: [endpoint], conditions: { ready: true } } : endpoint,
    ),
    ports: ports ?? [],
  };
}

export function node(name: string, ip: string, podCIDR: string): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { podCIDR },
    status: { addresses: [{ type: 'InternalIP', address: ip }] },
  };
}
