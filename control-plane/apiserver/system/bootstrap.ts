import type { Component } from '../../../lib/component.ts';
import { isAlreadyExists, type KubeClient } from '../../../lib/kube/client.ts';
import * as kinds from '../../../lib/kube/resources.ts';
import type { ResourceType } from '../../../lib/kube/resources.ts';
import { keyOf } from '../../../lib/kube/object-key.ts';
import type { ClusterRole, ClusterRoleBinding, KubeObject } from '../../../lib/kube/types.ts';
import { nodeLeaseNamespace, systemNamespace } from '../../../lib/names.ts';
import { bootstrapClusterRoleBindings, bootstrapClusterRoles, bootstrapRoles } from '../../auth/bootstrap-roles.ts';
import { autoupdate } from '../../auth/role-builders.ts';
import { isEqualJson } from '../../registry/api-object.ts';
import type { Registry } from '../../registry/registry.ts';
import { systemPriorityClasses } from './bootstrap-priorities.ts';
import { localPathStorageClass } from './bootstrap-storage.ts';

const systemNamespaces = ['default', 'kube-system', 'kube-public', nodeLeaseNamespace, systemNamespace];

/** Makes what every cluster has, before the API serves. At each start what is missing is made again, and the roles are brought up to date. */
export class Bootstrap implements Component {
  readonly name = 'bootstrap';
  readonly #registry: Registry;
  readonly #client: KubeClient;

  constructor(registry: Registry, client: KubeClient) {
    this.#registry = registry;
    this.#client = client;
  }

  async start(): Promise<void> {
    await Promise.all([
      ...systemNamespaces.map((name) =>
        this.#ensure(kinds.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
      ),
      this.#ensure(kinds.storageClasses, localPathStorageClass),
      ...systemPriorityClasses.map((one) => this.#ensure(kinds.priorityClasses, one)),
      ...bootstrapClusterRoles.map((role) => this.#reconcile(kinds.clusterRoles, role, rulesOf)),
      ...bootstrapClusterRoleBindings.map((binding) => this.#reconcile(kinds.clusterRoleBindings, binding, subjectsOf)),
    ]);
    // In a namespace that has only just been made.
    await Promise.all(bootstrapRoles.map((role) => this.#reconcile(kinds.roles, role, rulesOf)));
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  async #ensure<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<void> {
    if (this.#registry.of(type).cache.get(keyOf(object))) return;
    try {
      await this.#client.create(type, object);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  /** An administrator who removes the annotation keeps his own version. */
  async #reconcile<T extends KubeObject>(
    type: ResourceType<T>,
    wanted: T,
    partOf: (object: T) => object,
  ): Promise<void> {
    const present = this.#registry.of(type).cache.get(keyOf(wanted))?.object as T | undefined;
    if (!present) return this.#ensure(type, wanted);
    if (present.metadata?.annotations?.[autoupdate] !== 'true' || isEqualJson(partOf(present), partOf(wanted))) return;
    await this.#client.update(type, {
      ...present,
      ...wanted,
      metadata: { ...present.metadata, labels: { ...present.metadata.labels, ...wanted.metadata?.labels } },
    });
  }
}

/** The rules of an aggregated role are not kept here. */
const rulesOf = ({ rules, aggregationRule }: ClusterRole) => (aggregationRule ? { aggregationRule } : { rules });
const subjectsOf = ({ subjects, roleRef }: ClusterRoleBinding) => ({ subjects, roleRef });
