import type { ResourceType } from '../../../lib/kube/resources.ts';
import { compareVersions } from '../../../lib/kube/version-order.ts';
import type { DiscoveredVersion, RemoteGroups } from '../discovered.ts';

/** What the loops of the control plane need in order to follow objects and to clear them away. */
const needed = ['list', 'watch', 'delete'];

/** The kinds of other servers that can be followed and cleared away, each in the version that is preferred. Pure. */
export function followedKinds(remote: Pick<RemoteGroups, 'versions' | 'priorityOf'>): readonly ResourceType[] {
  const priority = ({ group, version }: DiscoveredVersion) => remote.priorityOf(group, version)?.version ?? 0;
  const kinds = new Map<string, ResourceType>();
  const versions = remote
    .versions()
    .toSorted((a, b) => priority(b) - priority(a) || compareVersions(a.version, b.version));
  for (const { group, version, resources } of versions) {
    for (const { name, kind, singular, namespaced, verbs, shortNames, categories } of resources) {
      const id = `${group}/${name}`;
      if (kinds.has(id) || !needed.every((verb) => verbs.includes(verb))) continue;
      kinds.set(id, { group, version, kind, plural: name, singular, namespaced, shortNames, categories });
    }
  }
  return [...kinds.values()];
}
