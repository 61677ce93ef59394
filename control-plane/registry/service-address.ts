import { isPortNumber } from '../../lib/kube/name-rules.ts';
import { endpointSlices, services } from '../../lib/kube/resources.ts';
import type { EndpointSlice, Service } from '../../lib/kube/types.ts';
import type { Registry } from './registry.ts';

export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
}

/** One of the addresses at which a Service answers on one of its ports, any. Throws an `Error` that says what is missing. */
export function serviceAddress(
  registry: Registry,
  namespace: string,
  name: string,
  port: number,
  random: () => number,
): ServiceAddress {
  const service = registry.of(services).cache.get(`${namespace}/${name}`)?.object as Service | undefined;
  if (!service) throw new Error(`service ${JSON.stringify(name)} not found`);
  const { type, externalName, ports } = service.spec ?? {};
  if (type === 'ExternalName') return { host: externalName ?? '', port };
  const servicePort = ports?.find((one) => one.port === port);
  if (!servicePort) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const found = readyAddresses(registry, namespace, name, servicePort.name ?? '');
  const chosen = found[Math.floor(random() * found.length)];
  if (!chosen) throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
}

/** All addresses of a Service's ready endpoints, for its port of that name. */
export function readyAddresses(
  registry: Registry,
  namespace: string,
  name: string,
  portName: string,
): readonly ServiceAddress[] {
  return slicesOf(registry, namespace, name).flatMap(({ ports, endpoints }) => {
    const port = ports?.find((one) => (one.name ?? '') === portName)?.port;
    // Slices may hold numbers that are no ports.
    if (port === undefined || isPortNumber(port).length > 0) return [];
    return (endpoints ?? []).flatMap(({ addresses: [host], conditions }) =>
      host !== undefined && conditions?.ready !== false ? [{ host, port }] : [],
    );
  });
}

/** The EndpointSlices of a Service. */
export function slicesOf(registry: Registry, namespace: string, name: string): readonly EndpointSlice[] {
  const found: EndpointSlice[] = [];
  for (const { object } of registry.of(endpointSlices).cache.all(namespace))
    if (object.metadata.labels?.['kubernetes.io/service-name'] === name) found.push(object as unknown as EndpointSlice);
  return found;
}
