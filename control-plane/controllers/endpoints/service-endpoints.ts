import { isPodFinished, isPodReady } from '../../../lib/kube/pod-facts.ts';
import type { EndpointSlice, Pod, Service, ServicePort } from '../../../lib/kube/types.ts';

export type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];
export type EndpointPort = NonNullable<EndpointSlice['ports']>[number];

/** Endpoints that offer the same ports: a named port may be another number in another pod. */
export interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly PodEndpoint[];
}

export interface PodEndpoint {
  readonly endpoint: Endpoint;
  readonly pod: Pod;
}

/** Which zone a node is in, if any. */
export type ZoneOf = (node: string) => string | undefined;

/** What a service's pods offer, grouped by ports. Pods without an address and finished pods offer nothing; terminating pods stay, marked. */
export function serviceEndpoints(service: Service, pods: readonly Pod[], zoneOf: ZoneOf): PortGroup[] {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: PodEndpoint[] }>();
  const alike = portsOfAll(service);
  for (const pod of pods) {
    if (!pod.status?.podIP || isPodFinished(pod)) continue;
    const { ports, key } = alike ?? keyed(portsOf(service, pod));
    const group = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, group);
    group.endpoints.push({ pod, endpoint: endpointOf(service, pod, zoneOf) });
  }
  return [...groups.values()];
}

export function portsKey(ports: readonly EndpointPort[]): string {
  const facts = ports.map(({ name, port, protocol, appProtocol }) => [
    name ?? '',
    port ?? 0,
    protocol ?? 'TCP',
    appProtocol ?? '',
  ]);
  return JSON.stringify(facts.sort((a, b) => (String(a) < String(b) ? -1 : 1)));
}

export function isHeadless(service: Service): boolean {
  return service.spec?.clusterIP === 'None';
}

function endpointOf(service: Service, pod: Pod, zoneOf: ZoneOf): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata?.deletionTimestamp !== undefined;
  const { nodeName, hostname, subdomain } = pod.spec ?? {};
  const zone = nodeName ? zoneOf(nodeName) : undefined;
  const { name, namespace, uid } = pod.metadata ?? {};
  const named = hostname && subdomain === service.metadata?.name;
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: {
      ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(named ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(zone ? { zone } : {}),
  };
}

/** The ports of every pod, when none of them is looked up by name: worked out once for all. */
function portsOfAll(service: Service): { ports: EndpointPort[]; key: string } | undefined {
  const named = (service.spec?.ports ?? []).some(({ targetPort }) => typeof targetPort === 'string');
  return named ? undefined : keyed(portsOf(service, {}));
}

function keyed(ports: EndpointPort[]): { ports: EndpointPort[]; key: string } {
  return { ports, key: portsKey(ports) };
}

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = targetPortOf(port, pod);
    if (number === undefined) return [];
    return [
      {
        name: port.name ?? '',
        port: number,
        protocol: port.protocol ?? 'TCP',
        ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
      },
    ];
  });
}

/** A number as it is; a name as the pod's containers and sidecars define it; `undefined` when they do not. */
function targetPortOf(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  if (/^\d+$/.test(target)) return Number(target);
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  return [...(pod.spec?.containers ?? []), ...sidecars]
    .flatMap((container) => container.ports ?? [])
    .find(({ name, protocol }) => name === target && (protocol ?? 'TCP') === (port.protocol ?? 'TCP'))?.containerPort;
}
