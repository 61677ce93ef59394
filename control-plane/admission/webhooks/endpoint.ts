import type { Registry } from '../../registry/registry.ts';
import type { WebhookClientConfig } from '../../registry/custom/conversion/converter.ts';
import { serviceAddress } from '../../registry/service-address.ts';

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
export function endpointOf(registry: Registry, clientConfig: WebhookClientConfig, random: () => number): Endpoint {
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
  const address = serviceAddress(registry, namespace, name, port, random);
  return { ...address, url: `https://${serverName}:${port}${path}`, path, serverName, ca };
}
