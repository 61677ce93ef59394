import { apiVersionOf, type ResourceType } from '../../lib/kube/resources.ts';
import { compareVersions } from '../../lib/kube/version-order.ts';
import { isOwnVersionServed, type ResourceDefinition, type SubresourceRow } from '../registry/definition.ts';
import type { Registry } from '../registry/registry.ts';
import { componentStatuses } from './component-statuses.ts';
import type { ApiExtension } from './extension.ts';
import type { ResourceRequest } from './request-info.ts';
import { localPriority } from './aggregation/local-plan.ts';
import { postedKinds } from './posted-kinds.ts';
import type { DiscoveredSubresource, DiscoveredResource, DiscoveredVersion, RemoteGroups } from './discovered.ts';

const storedVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const statusVerbs = ['get', 'patch', 'update'];

interface Discovered {
  readonly kindsVersion: number;
  readonly remoteVersion: number;
  readonly versions: readonly DiscoveredVersion[];
  readonly names: ReadonlySet<string>;
}

/** Says what this server serves, in the three shapes that clients ask for. Made anew when kinds have come or gone. */
export class Discovery {
  readonly #registry: Registry;
  readonly #extensions: readonly ApiExtension[];
  readonly #remote: RemoteGroups;
  #discovered: Discovered | undefined;

  constructor(registry: Registry, extensions: readonly ApiExtension[], remote: RemoteGroups) {
    this.#registry = registry;
    this.#extensions = extensions;
    this.#remote = remote;
  }

  get #now(): Discovered {
    const { kindsVersion } = this.#registry;
    const remoteVersion = this.#remote.version;
    if (this.#discovered?.kindsVersion !== kindsVersion || this.#discovered.remoteVersion !== remoteVersion) {
      const versions = discoveredVersions(this.#registry, this.#extensions, this.#remote);
      this.#discovered = { kindsVersion, remoteVersion, versions, names: namesOf(versions) };
    }
    return this.#discovered;
  }

  get #versions(): readonly DiscoveredVersion[] {
    return this.#now.versions;
  }

  /** Whether a resource (and its subresource) is one that is served, rather than made up by a client. */
  has({ group, version, resource, subresource }: ResourceRequest): boolean {
    return this.#now.names.has(`${group}/${version}/${resource}${subresource === undefined ? '' : `/${subresource}`}`);
  }

  /** Every path under which something can be discovered. */
  paths(): readonly string[] {
    const versions = this.#versions.map((one) =>
      one.group === '' ? `/api/${one.version}` : `/apis/${apiVersionOf(one)}`,
    );
    const groups = this.#versions.filter((one) => one.group !== '').map((one) => `/apis/${one.group}`);
    return [...new Set(['/api', '/apis', ...groups, ...versions])];
  }

  /** `/api` */
  legacyVersions(): object {
    const versions = this.#versions.filter((one) => one.group === '').map((one) => one.version);
    return { kind: 'APIVersions', versions, serverAddressByClientCIDRs: [] };
  }

  /** `/apis` */
  groups(): object {
    const names = [...new Set(this.#versions.map((one) => one.group))].filter((group) => group !== '');
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: names.map((name) => this.#groupOf(name)) };
  }

  /** `/apis/{group}` */
  group(name: string): object | undefined {
    if (!this.#versions.some((one) => one.group === name)) return undefined;
    return { kind: 'APIGroup', apiVersion: 'v1', ...this.#groupOf(name) };
  }

  /** `/api/v1`, `/apis/{group}/{version}` */
  resources(group: string, version: string): object | undefined {
    const found = this.#versions.find((one) => one.group === group && one.version === version);
    if (!found) return undefined;
    return {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: apiVersionOf(found),
      resources: found.resources.flatMap((resource) => legacyRows(found, resource)),
    };
  }

  /** `/api` or `/apis` as `APIGroupDiscoveryList`: everything in one answer. */
  aggregated(isCore: boolean, version: 'v2' | 'v2beta1'): object {
    const names = [...new Set(this.#versions.map((one) => one.group))].filter((group) => (group === '') === isCore);
    return {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: names.map((name) => ({
        metadata: { name: name === '' ? undefined : name, creationTimestamp: null },
        versions: this.#versions
          .filter((one) => one.group === name)
          .map((one) => ({
            version: one.version,
            freshness: one.isStale ? 'Stale' : 'Current',
            resources: one.resources.map((resource) => aggregatedRow(one, resource)),
          })),
      })),
    };
  }

  #groupOf(name: string): object {
    const versions = this.#versions
      .filter((one) => one.group === name)
      .map((one) => ({ groupVersion: apiVersionOf(one), version: one.version }));
    return { name, versions, preferredVersion: versions[0] };
  }
}

function namesOf(versions: readonly DiscoveredVersion[]): ReadonlySet<string> {
  const names = versions.flatMap((one) =>
    one.resources.flatMap(({ name, subresources }) => {
      const path = `${one.group}/${one.version}/${name}`;
      return [path, ...subresources.map((sub) => `${path}/${sub.name}`)];
    }),
  );
  return new Set(names);
}

function discoveredVersions(
  registry: Registry,
  extensions: readonly ApiExtension[],
  remote: RemoteGroups,
): DiscoveredVersion[] {
  const found = new Map<string, DiscoveredVersion & { readonly resources: DiscoveredResource[] }>();
  const add = (group: string, version: string, resource: DiscoveredResource) => {
    const id = `${group}/${version}`;
    const one = found.get(id);
    if (one) one.resources.push(resource);
    else found.set(id, { group, version, resources: [resource] });
  };
  for (const { definition } of registry.resources) {
    if (isOwnVersionServed(definition))
      add(definition.resource.group, definition.resource.version, storedResource(definition, definition.resource));
    for (const { resource } of definition.views)
      add(resource.group, resource.version, storedResource(definition, resource));
  }
  add('', 'v1', {
    name: componentStatuses.plural,
    singular: componentStatuses.singular,
    kind: componentStatuses.kind,
    namespaced: false,
    verbs: ['get', 'list'],
    shortNames: componentStatuses.shortNames,
    categories: [],
    subresources: [],
  });
  for (const posted of postedKinds) {
    add(posted.group, posted.version, {
      name: posted.plural,
      singular: posted.singular,
      kind: posted.kind,
      namespaced: posted.namespaced,
      verbs: ['create'],
      shortNames: [],
      categories: [],
      subresources: [],
    });
  }
  for (const { group, version, resources } of extensions) {
    for (const resource of resources) {
      add(group, version, {
        name: resource.name,
        singular: resource.singularName,
        kind: resource.kind,
        namespaced: resource.namespaced,
        verbs: [...resource.verbs],
        shortNames: resource.shortNames ?? [],
        categories: [],
        subresources: [],
      });
    }
  }
  for (const one of remote.versions())
    found.set(`${one.group}/${one.version}`, { ...one, resources: [...one.resources] });
  return ranked([...found.values()], remote);
}

/** The groups that clients should look through first come first, and in each the version that they should prefer. */
function ranked(versions: readonly DiscoveredVersion[], remote: RemoteGroups): DiscoveredVersion[] {
  const groups = new Map<string, number>();
  const priorities = new Map<DiscoveredVersion, number>();
  for (const one of versions) {
    const priority = remote.priorityOf(one.group, one.version) ?? localPriority(one.group, one.version);
    groups.set(one.group, Math.max(groups.get(one.group) ?? 0, priority.group));
    priorities.set(one, priority.version);
  }
  return versions.toSorted(
    (a, b) =>
      (groups.get(b.group) ?? 0) - (groups.get(a.group) ?? 0) ||
      a.group.localeCompare(b.group) ||
      (priorities.get(b) ?? 0) - (priorities.get(a) ?? 0) ||
      compareVersions(a.version, b.version),
  );
}

function storedResource(definition: ResourceDefinition, type: ResourceType): DiscoveredResource {
  const subresource = (row: SubresourceRow): DiscoveredSubresource => ({
    name: row.name,
    kind: row.kind,
    group: row.group ?? type.group,
    version: row.version ?? type.version,
    verbs: row.verbs,
  });
  const rows: SubresourceRow[] = [...definition.subresources];
  if (definition.scale)
    rows.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: statusVerbs });
  if (definition.hasStatus) rows.push({ name: 'status', kind: type.kind, verbs: statusVerbs });
  return {
    name: type.plural,
    singular: type.singular,
    kind: type.kind,
    namespaced: type.namespaced,
    verbs: type.plural === 'namespaces' ? storedVerbs.filter((verb) => verb !== 'deletecollection') : storedVerbs,
    shortNames: type.shortNames,
    categories: type.categories,
    subresources: rows.map(subresource),
  };
}

function legacyRows(version: DiscoveredVersion, resource: DiscoveredResource): object[] {
  const { name, singular, namespaced, kind, kindGroup, kindVersion, verbs, shortNames, categories } = resource;
  return [
    {
      name,
      singularName: singular,
      namespaced,
      ...(kindGroup === undefined ? {} : { group: kindGroup }),
      ...(kindVersion === undefined ? {} : { version: kindVersion }),
      kind,
      verbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
    },
    ...resource.subresources.map((sub) => ({
      name: `${name}/${sub.name}`,
      singularName: '',
      namespaced,
      ...(sub.group === version.group && sub.version === version.version
        ? {}
        : { group: sub.group, version: sub.version }),
      kind: sub.kind,
      verbs: sub.verbs,
    })),
  ];
}

function aggregatedRow(version: DiscoveredVersion, resource: DiscoveredResource): object {
  const scope = resource.namespaced ? 'Namespaced' : 'Cluster';
  return {
    resource: resource.name,
    responseKind: {
      group: resource.kindGroup ?? version.group,
      version: resource.kindVersion ?? version.version,
      kind: resource.kind,
    },
    scope,
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
    ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
    ...(resource.subresources.length > 0
      ? {
          subresources: resource.subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
            verbs: sub.verbs,
          })),
        }
      : {}),
  };
}
