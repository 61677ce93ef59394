import { persistentVolumes, pods } from '../../lib/kube/resources.ts';
import type { PersistentVolume, Pod } from '../../lib/kube/types.ts';
import type { AccessAttributes, User } from '../apiserver/extension.ts';
import type { CacheEntry } from '../registry/cache-entry.ts';
import type { Registry } from '../registry/registry.ts';
import { nodeOfAgent } from '../registry/request.ts';
import type { Authorizer, Decision } from './authorizer.ts';
import { referencesOf } from './pod-references.ts';

const readingVerbs: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const no: Decision = { allowed: false, reason: '' };

/**
 * Lets an agent read the Secrets, ConfigMaps and claims that pods on its node refer to, and the volumes of these claims, by name, and no others: whoever takes over a machine has
 * what ran there.
 * Everything else that agents may do is in the role `system:node`.
 */
export class NodeAuthorizer implements Authorizer {
  readonly #registry: Registry;
  /** Node → `secrets/namespace/name` → how many pods there refer to it. */
  readonly #references = new Map<string, Map<string, number>>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** Reads the pods and follows them. Call when the registry has started. */
  start(): void {
    const { cache } = this.#registry.of(pods);
    for (const entry of cache.all()) this.#count(entry, 1);
    cache.follow(({ type, entry, previous }) => {
      if (previous) this.#count(previous, -1);
      if (type !== 'DELETED') this.#count(entry, 1);
    });
  }

  authorize(user: User, { verb, group, resource, subresource, namespace, name }: AccessAttributes): Decision {
    const node = nodeOfAgent(user);
    if (node === undefined || (group ?? '') !== '' || subresource !== undefined || !readingVerbs.has(verb)) return no;
    const key =
      resource === 'persistentvolumes'
        ? this.#claimOf(name ?? '')
        : `${resource ?? ''}/${namespace ?? ''}/${name ?? ''}`;
    const isThere = key !== undefined && this.#references.get(node)?.has(key) === true;
    return isThere ? { allowed: true, reason: `a pod on node "${node}" refers to it` } : no;
  }

  /** The claim that a volume is bound to. */
  #claimOf(name: string): string | undefined {
    const volume = this.#registry.of(persistentVolumes).cache.get(name)?.object as PersistentVolume | undefined;
    const claim = volume?.spec?.claimRef;
    return claim && `persistentvolumeclaims/${claim.namespace ?? ''}/${claim.name ?? ''}`;
  }

  #count({ object }: CacheEntry, by: 1 | -1): void {
    const pod = object as Pod;
    const node = pod.spec?.nodeName;
    if (!node) return;
    const counts = this.#references.get(node) ?? new Map<string, number>();
    for (const reference of referencesOf(pod)) {
      const [kind = '', name = ''] = reference.split('/', 2);
      const key = `${kind}/${pod.metadata?.namespace ?? ''}/${name}`;
      const count = (counts.get(key) ?? 0) + by;
      if (count > 0) counts.set(key, count);
      else counts.delete(key);
    }
    if (counts.size > 0) this.#references.set(node, counts);
    else this.#references.delete(node);
  }
}
