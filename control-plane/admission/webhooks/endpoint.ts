import { endpointSlices, services } from '../../../lib/kube/resources.ts';
import type { EndpointSlice, Service } from '../../../lib/kube/types.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Webhook } from './webhook.ts';

/** Where a webhook is asked. */
export interface Endpoint {
  /** As named in messages. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** The name that its certificate must have. */
  readonly serverName: string;
  readonly ca: string | undefined;
}

/** Resolves the address of a webhook; one behind a Service is asked at one of its ready endpoints. Throws an `Error` that says what is missing. */
export function endpointOf(registry: Registry, { clientConfig }: Webhook, random: () => number): Endpoint {
  const ca = clientConfig.caBundle ? Buffer.from(clientConfig.caBundle, 'base64').toString('utf8') : undefined;
  if (clientConfig.service === undefined) {
    const url = new URL(clientConfig.url ?? '');
    return {
      url: url.href,
      host: url.hostname,
      port: Number(url.port || 443),
      path: `${url.pathname}${url.search}`,
      serverName: url.hostname,
      ca,
    };
  }
  const { namespace, name, port = 443, path = '/' } = clientConfig.service;
  const serverName = `${name}.${namespace}.svc`;
  const address = addressBehind(registry, namespace, name, port, random);
  return { ...address, url: `https://${serverName}:${port}${path}`, path, serverName, ca };
}

function addressBehind(
  registry: Registry,
  namespace: string,
  name: string,
  port: number,
  random: () => number,
): { readonly host: string; readonly port: number } {
  const service = registry.of(services).cache.get(`${namespace}/${name}`)?.object as Service | undefined;
  if (!service) throw new Error(`service ${JSON.stringify(name)} not found`);
  const servicePort = service.spec?.ports?.find((one) => one.port === port);
  if (!servicePort) throw new Error(`no service port ${port} found for service ${JSON.stringify(name)}`);
  const found: { readonly host: string; readonly port: number }[] = [];
  for (const { object } of registry.of(endpointSlices).cache.all(namespace)) {
    const slice = object as unknown as EndpointSlice;
    if (slice.metadata?.labels?.['kubernetes.io/service-name'] !== name) continue;
    const target = slice.ports?.find((one) => (one.name ?? '') === (servicePort.name ?? ''))?.port;
    if (target === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const [host] = endpoint.addresses;
      if (host !== undefined && endpoint.conditions?.ready !== false) found.push({ host, port: target });
    }
  }
  const chosen = found[Math.floor(random() * found.length)];
  if (!chosen) throw new Error(`no endpoints available for service ${JSON.stringify(name)}`);
  return chosen;
}
