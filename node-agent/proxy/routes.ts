import type { EndpointSlice, Node, Service, ServicePort } from '../../lib/kube/types.ts';
import { parseCidr, parseIPv4 } from '../network/ipv4.ts';

export interface Backend {
  readonly ip: string;
  readonly port: number;
  readonly node: string | undefined;
}

/** What one node offers and gives to pods. */
export interface NodeAddresses {
  readonly name: string;
  readonly ip: string;
  /** Absent: nothing is known to be local to this node. */
  readonly podCIDR?: string | undefined;
}

type Protocol = 'tcp' | 'udp' | 'sctp';

/** One port of one Service: where it is reached and who answers. */
export interface ServiceRoute {
  /** `namespace/name/proto/port`. */
  readonly id: string;
  readonly protocol: Protocol;
  readonly clusterIP: string;
  readonly port: number;
  readonly nodePort?: number | undefined;
  /** Load-balancer addresses and `externalIPs`. */
  readonly externalIPs: readonly string[];
  readonly stickToClient: boolean;
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  readonly backends: readonly Backend[];
}

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * What the Services and their EndpointSlices ask for, in an order that depends only on names: every node computes the same. Services without a cluster address
 * (headless, ExternalName) have no routes. Whatever is not a plain name, address or port is left out, so that nothing else ever reaches the rules.
 */
export function routesOf(services: readonly Service[], slices: readonly EndpointSlice[]): readonly ServiceRoute[] {
  const slicesOf = Map.groupBy(slices, (slice) =>
    serviceKey(slice.metadata?.namespace, slice.metadata?.labels?.['kubernetes.io/service-name']),
  );
  const routes = services.flatMap((service) => {
    const { namespace = '', name = '' } = service.metadata ?? {};
    const clusterIP = service.spec?.clusterIP ?? '';
    if (!LABEL.test(namespace) || !LABEL.test(name) || parseIPv4(clusterIP) === undefined) return [];
    const own = slicesOf.get(serviceKey(namespace, name)) ?? [];
    return (service.spec?.ports ?? []).flatMap((port) => routeOf(service, port, own) ?? []);
  });
  return routes.sort((a, b) => compare(a.id, b.id));
}

/** Nodes with a usable address, by name. */
export function nodeAddressesOf(nodes: readonly Node[]): readonly NodeAddresses[] {
  return nodes
    .flatMap((node): NodeAddresses[] => {
      const name = node.metadata?.name ?? '';
      const ip = node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address ?? '';
      if (parseIPv4(ip) === undefined) return [];
      const podCIDR = node.spec?.podCIDR;
      return [{ name, ip, podCIDR: podCIDR !== undefined && parseCidr(podCIDR) ? podCIDR : undefined }];
    })
    .sort((a, b) => compare(a.name, b.name));
}

function routeOf(service: Service, port: ServicePort, slices: readonly EndpointSlice[]): ServiceRoute | undefined {
  const protocol = (port.protocol ?? 'TCP').toLowerCase();
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') return undefined;
  if (!isPort(port.port)) return undefined;
  const { namespace, name } = service.metadata ?? {};
  const spec = service.spec;
  const balancerIPs = (service.status?.loadBalancer?.ingress ?? []).map((ingress) => ingress.ip ?? '');
  const externalIPs = [...(spec?.externalIPs ?? []), ...balancerIPs].filter((ip) => parseIPv4(ip) !== undefined);
  return {
    id: `${namespace}/${name}/${protocol}/${port.port}`,
    protocol,
    clusterIP: spec?.clusterIP ?? '',
    port: port.port,
    nodePort: isPort(port.nodePort) ? port.nodePort : undefined,
    externalIPs: [...new Set(externalIPs)].sort(compare),
    stickToClient: spec?.sessionAffinity === 'ClientIP',
    internalLocal: spec?.internalTrafficPolicy === 'Local',
    externalLocal: spec?.externalTrafficPolicy === 'Local',
    backends: backendsOf(port, slices),
  };
}

/** Ready endpoints; when there are none, those that are ending but still serve. */
function backendsOf(port: ServicePort, slices: readonly EndpointSlice[]): readonly Backend[] {
  const ready = new Map<string, Backend>();
  const ending = new Map<string, Backend>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const target = slice.ports?.find(
      (candidate) =>
        (candidate.name ?? '') === (port.name ?? '') && (candidate.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    )?.port;
    if (!isPort(target)) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const ip = endpoint.addresses[0] ?? '';
      if (parseIPv4(ip) === undefined) continue;
      const backend = { ip, port: target, node: endpoint.nodeName };
      const { ready: isReady, serving, terminating } = endpoint.conditions ?? {};
      if (isReady !== false) ready.set(`${ip}:${target}`, backend);
      else if (serving === true && terminating === true) ending.set(`${ip}:${target}`, backend);
    }
  }
  const chosen = ready.size > 0 ? ready : ending;
  return [...chosen].sort(([a], [b]) => compare(a, b)).map(([, backend]) => backend);
}

/** Names of chains may have 128 characters; the hash keeps long ones apart that are cut. */
export function chainName(kind: string, id: string): string {
  return `${kind}-${fnv1a(id)}-${id}`.slice(0, 120);
}

/** FNV-1a, 32 bits, as 8 hex digits: cheap, for it runs for every Service at every change. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function serviceKey(namespace: string | undefined, name: string | undefined): string {
  return `${namespace ?? ''}/${name ?? ''}`;
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

/** By code units: the same on every node, whatever its locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
