import type { Component } from '../../../lib/component.ts';
import { isAlreadyExists } from '../../../lib/kube/client.ts';
import { Controller } from '../../../lib/kube/controller.ts';
import type { Informer } from '../../../lib/kube/informer.ts';
import { configMaps, namespaces, serviceAccounts } from '../../../lib/kube/resources.ts';
import type { ConfigMap, Namespace, ServiceAccount } from '../../../lib/kube/types.ts';
import type { ControllerDeps } from '../deps.ts';
import { isNamespaceEnding } from './ending.ts';

/** Namespaces worked at the same time. */
const WORKERS = 4;
const accountName = 'default';
const caName = 'kube-root-ca.crt';
const caAnnotation = 'kubernetes.io/description';
const caDescription =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc.';

/** Gives every namespace the ServiceAccount `default` and the ConfigMap with the cluster's CA, again when somebody deletes or changes them. */
export function namespaceDefaultsController(deps: ControllerDeps, caCert: string): Component {
  return new NamespaceDefaultsLoop(deps, caCert).controller;
}

class NamespaceDefaultsLoop {
  readonly controller: Controller;
  readonly #deps: ControllerDeps;
  readonly #caCert: string;
  readonly #namespaces: Informer<Namespace>;
  readonly #accounts: Informer<ServiceAccount>;
  readonly #configMaps: Informer<ConfigMap>;

  constructor(deps: ControllerDeps, caCert: string) {
    this.#deps = deps;
    this.#caCert = caCert;
    this.#namespaces = deps.informers.of(namespaces);
    this.#accounts = deps.informers.of(serviceAccounts);
    this.#configMaps = deps.informers.of(configMaps);
    this.controller = new Controller({
      name: 'namespace-defaults',
      clock: deps.clock,
      log: deps.log,
      observer: deps.queues,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      waitFor: [this.#namespaces, this.#accounts, this.#configMaps],
      workers: WORKERS,
    });
    this.#namespaces.onChange((_, namespace) => this.controller.enqueue(namespace.metadata?.name ?? ''));
    this.#accounts.onChange((_, account) => {
      if (account.metadata?.name === accountName) this.controller.enqueue(account.metadata.namespace ?? '');
    });
    this.#configMaps.onChange((_, map) => {
      if (map.metadata?.name === caName) this.controller.enqueue(map.metadata.namespace ?? '');
    });
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<void> {
    const namespace = this.#namespaces.get(name);
    if (!namespace || namespace.metadata?.deletionTimestamp !== undefined) return;
    try {
      if (!this.#accounts.get(`${name}/${accountName}`)) await this.#makeAccount(name, signal);
      const map = this.#configMaps.get(`${name}/${caName}`);
      if (!map) await this.#makeConfigMap(name, signal);
      else if (map.data?.['ca.crt'] !== this.#caCert) {
        await this.#deps.client.update(configMaps, { ...map, data: { 'ca.crt': this.#caCert } }, {}, signal);
      }
    } catch (error) {
      if (!isNamespaceEnding(error) && !isAlreadyExists(error)) throw error;
    }
  }

  async #makeAccount(namespace: string, signal: AbortSignal): Promise<void> {
    await this.#deps.client.create(
      serviceAccounts,
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: accountName, namespace } },
      {},
      signal,
    );
  }

  async #makeConfigMap(namespace: string, signal: AbortSignal): Promise<void> {
    await this.#deps.client.create(
      configMaps,
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: caName, namespace, annotations: { [caAnnotation]: caDescription } },
        data: { 'ca.crt': this.#caCert },
      },
      {},
      signal,
    );
  }
}
