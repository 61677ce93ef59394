import { readFile } from 'node:fs/promises';
import type { LogStoreTarget } from '../../lib/config/control-plane.ts';
import { VigilError } from '../../lib/errors.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import { endpoints } from '../../lib/kube/resources.ts';
import { logStoreService } from '../../lib/names.ts';

/** Where the log store is now and how to prove who asks. */
export interface StoreAddress {
  readonly protocol: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Path before the API's own, without a slash at the end. */
  readonly basePath: string;
  /** The name that the server's certificate must carry. */
  readonly serverName?: string | undefined;
  readonly ca?: string | undefined;
  readonly authorization?: string | undefined;
}

/**
 * Finds the log store. For `cluster` it asks for the Service's ready endpoints instead of using its ClusterIP, so that a control plane outside the pod network's
 * routing still reaches the pod. Throws `LOG_STORE_UNAVAILABLE` (transient) when no endpoint is ready.
 */
export async function storeAddress(
  target: LogStoreTarget,
  client: KubeClient,
  signal?: AbortSignal,
): Promise<StoreAddress> {
  const ca = target.caCert === undefined ? undefined : await readFile(target.caCert, 'utf8');
  const authorization = await authorizationOf(target);
  if (target.kind === 'url') {
    const url = new URL(target.url);
    const protocol = url.protocol === 'https:' ? 'https' : 'http';
    const port = url.port === '' ? (protocol === 'https' ? 443 : 80) : Number(url.port);
    return { protocol, host: url.hostname, port, basePath: url.pathname.replace(/\/+$/, ''), ca, authorization };
  }
  const { namespace, name, port } = logStoreService;
  const object = await client.get(endpoints, { namespace, name }, signal).catch((cause: unknown) => {
    throw unavailable(`the Service ${namespace}/${name} has no Endpoints`, cause);
  });
  for (const subset of object.subsets ?? []) {
    const address = subset.addresses?.[0];
    if (!address) continue;
    return {
      protocol: ca === undefined ? 'http' : 'https',
      host: address.ip,
      port: subset.ports?.[0]?.port ?? port,
      basePath: '',
      serverName: `${name}.${namespace}.svc`,
      ca,
      authorization,
    };
  }
  throw unavailable(`no pod behind the Service ${namespace}/${name} is ready`);
}

function unavailable(message: string, cause?: unknown): VigilError {
  return new VigilError('LOG_STORE_UNAVAILABLE', 'transient', message, { cause });
}

async function authorizationOf(target: LogStoreTarget): Promise<string | undefined> {
  if (target.apiKeyFile !== undefined) return `ApiKey ${(await readFile(target.apiKeyFile, 'utf8')).trim()}`;
  if (target.username !== undefined && target.passwordFile !== undefined) {
    const password = (await readFile(target.passwordFile, 'utf8')).trim();
    return `Basic ${Buffer.from(`${target.username}:${password}`).toString('base64')}`;
  }
  return undefined;
}
