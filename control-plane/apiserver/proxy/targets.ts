import { badRequest, notFound, serviceUnavailable, statusError } from '../../../lib/kube/status-errors.ts';
import { nodes, pods, services } from '../../../lib/kube/resources.ts';
import type { Node, Pod, Service } from '../../../lib/kube/types.ts';
import { agentPort } from '../../../lib/names.ts';
import type { Registry } from '../../registry/registry.ts';
import { readyAddresses } from '../../registry/service-address.ts';

/** Where a request is passed on to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** `agent`: TLS with the control plane's client certificate. `https`: TLS without a check of names, which in-cluster servers seldom have. */
  readonly scheme: 'agent' | 'https' | 'http';
}

/** `name`, `name:port`, `https:name:port`: how proxies name what they lead to. */
export interface ProxyName {
  readonly scheme: 'http' | 'https';
  readonly name: string;
  readonly port: string;
}

/** Throws 400 for what cannot be read. */
export function parseProxyName(text: string, what = 'service'): ProxyName {
  const parts = text.split(':');
  const [first = '', second = '', third = ''] = parts;
  if (parts.length === 1) return { scheme: 'http', name: first, port: '' };
  if (parts.length === 2) return { scheme: 'http', name: first, port: second };
  if (parts.length === 3 && (first === 'http' || first === 'https' || first === '') && second !== '') {
    return { scheme: first === 'https' ? 'https' : 'http', name: second, port: third };
  }
  throw badRequest(`invalid ${what} request ${JSON.stringify(text)}`);
}

/** The agent of a node; throws 404 when there is no such node and 503 when it has not said where it is. */
export function agentOf(registry: Registry, nodeName: string): Target {
  const node = registry.of(nodes).cache.get(nodeName)?.object as Node | undefined;
  if (!node) throw notFound(nodes, nodeName);
  const addresses = node.status?.addresses ?? [];
  const host = (addresses.find((one) => one.type === 'InternalIP') ?? addresses[0])?.address;
  if (host === undefined) throw serviceUnavailable(`the node ${nodeName} has not said at which address its agent is`);
  // The published type spells the member as the programs of other languages do; on the wire it is `Port`.
  const endpoint = node.status?.daemonEndpoints?.kubeletEndpoint as { Port?: number } | undefined;
  return { host, port: endpoint?.Port ?? agentPort, scheme: 'agent' };
}

/** A pod by name; throws 404. */
export function podOf(registry: Registry, namespace: string | undefined, name: string): Pod {
  const pod = registry.of(pods).cache.get(`${namespace ?? ''}/${name}`)?.object as Pod | undefined;
  if (!pod) throw notFound(pods, name);
  return pod;
}

/** Port of a pod's proxy: as named, or the first that the pod declares. */
export function podTarget(
  registry: Registry,
  namespace: string | undefined,
  { scheme, name, port }: ProxyName,
): Target {
  const pod = podOf(registry, namespace, name);
  const host = pod.status?.podIP;
  if (!host) throw statusError(400, 'BadRequest', 'address not allowed');
  const declared = pod.spec?.containers.flatMap((container) => container.ports ?? []) ?? [];
  const found = port === '' ? declared[0] : declared.find((one) => one.name === port);
  const number = found?.containerPort ?? (port === '' ? 80 : Number(port));
  return { host, port: checkedPort(number, port), scheme };
}

/** One of the ready endpoints of a Service, any. */
export function serviceTarget(
  registry: Registry,
  namespace: string | undefined,
  { scheme, name, port }: ProxyName,
): Target {
  const service = registry.of(services).cache.get(`${namespace ?? ''}/${name}`)?.object as Service | undefined;
  if (!service) throw notFound(services, name);
  const ports = service.spec?.ports ?? [];
  const wanted =
    port === ''
      ? ports.length === 1
        ? ports[0]
        : undefined
      : ports.find((one) => one.name === port || String(one.port) === port);
  if (!wanted)
    throw serviceUnavailable(`no service port ${JSON.stringify(port)} found for service ${JSON.stringify(name)}`);
  const found = readyAddresses(registry, namespace ?? '', name, wanted.name ?? '');
  const target = found[registry.chance.below(found.length)];
  if (!target) throw serviceUnavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return { ...target, scheme };
}

function checkedPort(number: number, text: string): number {
  if (!Number.isInteger(number) || number < 1 || number > 65_535)
    throw badRequest(`invalid port ${JSON.stringify(text)}`);
  return number;
}
