import type { ResourceType } from '../../../lib/kube/resources.ts';
import type { KubeObject, OwnerReference } from '../../../lib/kube/types.ts';

/** An object and what kind it is. */
export interface GraphItem {
  readonly resource: ResourceType;
  readonly object: KubeObject;
}

/** Who owns whom, by UID. An owner may be referred to before it is known, or after it is gone. */
export class OwnershipGraph {
  readonly #items = new Map<string, GraphItem>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphItem | undefined {
    return this.#items.get(uid);
  }

  put(item: GraphItem): void {
    const uid = item.object.metadata?.uid ?? '';
    this.#unlink(uid);
    this.#items.set(uid, item);
    for (const reference of ownersOf(item.object)) {
      const dependents = this.#dependents.get(reference.uid);
      if (dependents) dependents.add(uid);
      else this.#dependents.set(reference.uid, new Set([uid]));
    }
  }

  remove(uid: string): void {
    this.#unlink(uid);
    this.#items.delete(uid);
  }

  /** The objects that refer to an owner, whether that exists or not. */
  dependentsOf(uid: string): GraphItem[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#items.get(dependent) ?? []);
  }

  #unlink(uid: string): void {
    const item = this.#items.get(uid);
    if (!item) return;
    for (const reference of ownersOf(item.object)) {
      const dependents = this.#dependents.get(reference.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(reference.uid);
    }
  }
}

export function ownersOf(object: KubeObject): readonly OwnerReference[] {
  return object.metadata?.ownerReferences ?? [];
}
