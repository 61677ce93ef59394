import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '../../lib/kube/resources.ts';
import type { ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '../../lib/kube/types.ts';
import { serviceAccountUserName } from '../../lib/kube/service-account-user.ts';
import type { AccessAttributes, User } from '../apiserver/extension.ts';
import type { Registry, Resource } from '../registry/registry.ts';
import type { Authorizer, Decision } from './authorizer.ts';
import { ruleAllows } from './policy-rules.ts';

/** Members of this group may do everything, whatever the bindings say: the way back in when they are broken. */
const SUPERUSERS = 'system:masters';

type Binding = RoleBinding | ClusterRoleBinding;

const yes = (reason: string): Decision => ({ allowed: true, reason });
const no: Decision = { allowed: false, reason: '' };

/** Decides by the roles and bindings in the registry. Bindings are found by their subjects, so the cost of a decision does not grow with the cluster. */
export class Rbac implements Authorizer {
  readonly #registry: Registry;
  readonly #bySubject = new Map<string, Map<string, Binding>>();
  readonly #resources: { readonly roles: Resource; readonly clusterRoles: Resource };

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#resources = { roles: registry.of(roles), clusterRoles: registry.of(clusterRoles) };
  }

  /** Reads the bindings and follows them. Call when the registry has started. */
  start(): void {
    for (const type of [roleBindings, clusterRoleBindings]) {
      const { cache } = this.#registry.of(type);
      for (const entry of cache.all()) this.#index(entry.object as Binding, true);
      cache.follow(({ type: change, entry, previous }) => {
        if (previous) this.#index(previous.object as Binding, false);
        if (change !== 'DELETED') this.#index(entry.object as Binding, true);
      });
    }
  }

  authorize(user: User, asked: AccessAttributes): Decision {
    if (user.groups.includes(SUPERUSERS)) return yes('');
    for (const binding of this.#bindingsOf(user, asked.namespace)) {
      if (this.rulesOf(binding).some((rule) => ruleAllows(rule, asked)))
        return yes(`RBAC: allowed by ${describe(binding)}`);
    }
    return no;
  }

  /** All rules that hold for a user in a namespace (or, without one, everywhere). */
  rulesFor(user: User, namespace: string | undefined): readonly PolicyRule[] {
    if (user.groups.includes(SUPERUSERS)) {
      return [
        { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
        { verbs: ['*'], nonResourceURLs: ['*'] },
      ];
    }
    return [...this.#bindingsOf(user, namespace)].flatMap((binding) => this.rulesOf(binding));
  }

  /** The rules of the role that a binding refers to; none when there is no such role. Those of aggregated roles are in the role: `ClusterRoleAggregation` writes them. */
  rulesOf(binding: Pick<Binding, 'roleRef' | 'metadata'>): readonly PolicyRule[] {
    const { kind, name } = binding.roleRef;
    const entry =
      kind === 'ClusterRole'
        ? this.#resources.clusterRoles.cache.get(name)
        : this.#resources.roles.cache.get(`${binding.metadata?.namespace ?? ''}/${name}`);
    return (entry?.object as Role | undefined)?.rules ?? [];
  }

  *#bindingsOf(user: User, namespace: string | undefined): Iterable<Binding> {
    for (const subject of [`User/${user.name}`, ...user.groups.map((group) => `Group/${group}`)]) {
      for (const binding of this.#bySubject.get(subject)?.values() ?? []) {
        const own = binding.metadata?.namespace;
        if (own === undefined || (own === namespace && namespace !== undefined)) yield binding;
      }
    }
  }

  #index(binding: Binding, isThere: boolean): void {
    const id = `${binding.metadata?.namespace ?? ''}/${binding.metadata?.name ?? ''}`;
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, binding.metadata?.namespace);
      const bindings = this.#bySubject.get(key);
      if (isThere) {
        if (bindings) bindings.set(id, binding);
        else this.#bySubject.set(key, new Map([[id, binding]]));
      } else {
        bindings?.delete(id);
        if (bindings?.size === 0) this.#bySubject.delete(key);
      }
    }
  }
}

/** A service account is the user of its name. */
function subjectKey(subject: NonNullable<Binding['subjects']>[number], bindingNamespace: string | undefined): string {
  if (subject.kind !== 'ServiceAccount') return `${subject.kind}/${subject.name}`;
  return `User/${serviceAccountUserName(subject.namespace || bindingNamespace || '', subject.name)}`;
}

function describe(binding: Binding): string {
  const { name, namespace } = binding.metadata ?? {};
  const role = `${binding.roleRef.kind} "${binding.roleRef.name}"`;
  return namespace === undefined
    ? `ClusterRoleBinding "${name}" of ${role}`
    : `RoleBinding "${name}/${namespace}" of ${role}`;
}
