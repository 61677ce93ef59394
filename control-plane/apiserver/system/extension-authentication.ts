import type { Component } from '../../../lib/component.ts';
import { isAlreadyExists, isConflict, isNotFound, type KubeClient } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import { configMaps } from '../../../lib/kube/resources.ts';
import type { ConfigMap } from '../../../lib/kube/types.ts';
import { frontProxyName } from '../../../lib/names.ts';
import { isEqualJson } from '../../registry/api-object.ts';
import type { Registry } from '../../registry/registry.ts';
import { frontProxyHeaders } from '../aggregation/front-proxy-headers.ts';

const key = { namespace: 'kube-system', name: 'extension-apiserver-authentication' } as const;

export interface TrustedCertificates {
  /** PEM; signs the certificates of this API's clients. */
  readonly clientCa: string;
  /** PEM; signs the certificate of the front proxy. */
  readonly frontProxyCa: string | undefined;
}

/** Tells aggregated servers, in the ConfigMap where they look for it, whose certificates to believe and in which headers users are named. */
export class ExtensionAuthentication implements Component {
  readonly name = 'authentication of aggregated servers';
  readonly #registry: Registry;
  readonly #client: KubeClient;
  readonly #controller: Controller;
  readonly #data: Readonly<Record<string, string>>;
  #unfollow: () => void = () => {};

  constructor(registry: Registry, client: KubeClient, trusted: TrustedCertificates) {
    this.#registry = registry;
    this.#client = client;
    this.#data = extensionAuthenticationData(trusted);
    this.#controller = new Controller({
      name: 'extension-authentication',
      clock: registry.clock,
      log: registry.log,
      reconcile: () => this.#ensure(),
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#ensure();
    const own = `${key.namespace}/${key.name}`;
    this.#unfollow = this.#registry.of(configMaps).cache.follow(({ entry }) => {
      if (entry.key === own) this.#controller.enqueue(own);
    });
    await this.#controller.start(signal);
  }

  async stop(): Promise<void> {
    this.#unfollow();
    await this.#controller.stop();
  }

  async #ensure(): Promise<void> {
    const present = this.#registry.of(configMaps).cache.get(`${key.namespace}/${key.name}`)?.object as
      | ConfigMap
      | undefined;
    const data = { ...present?.data, ...this.#data };
    try {
      if (!present) await this.#client.create(configMaps, { metadata: { ...key }, data });
      else if (!isEqualJson(data, present.data ?? {})) await this.#client.update(configMaps, { ...present, data });
    } catch (error) {
      // Another control plane says the same at the same time.
      if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}

/** Without a front proxy only what clients of this API show is told. */
export function extensionAuthenticationData({
  clientCa,
  frontProxyCa,
}: TrustedCertificates): Readonly<Record<string, string>> {
  const list = (...values: readonly string[]) => JSON.stringify(values);
  return {
    'client-ca-file': clientCa,
    ...(frontProxyCa === undefined
      ? {}
      : {
          'requestheader-client-ca-file': frontProxyCa,
          'requestheader-allowed-names': list(frontProxyName),
          'requestheader-username-headers': list(frontProxyHeaders.user),
          'requestheader-uid-headers': list(frontProxyHeaders.uid),
          'requestheader-group-headers': list(frontProxyHeaders.group),
          'requestheader-extra-headers-prefix': list(frontProxyHeaders.extraPrefix),
        }),
  };
}
