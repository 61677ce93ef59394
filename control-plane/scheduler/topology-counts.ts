import type { Node } from '../../lib/kube/types.ts';

/** Numbers by place, where a place is the value of a node label: `zone=a`, `kubernetes.io/hostname=node-1`. */
export class TopologyCounts {
  readonly #counts = new Map<string, Map<string, number>>();

  add(topologyKey: string, node: Node | undefined, amount: number): void {
    const value = node?.metadata?.labels?.[topologyKey];
    if (value === undefined) return;
    const places = this.#counts.get(topologyKey) ?? new Map<string, number>();
    this.#counts.set(topologyKey, places);
    places.set(value, (places.get(value) ?? 0) + amount);
  }

  /** The count of the node's place; `undefined` when the node has no such label. */
  at(topologyKey: string, node: Node): number | undefined {
    const value = node.metadata?.labels?.[topologyKey];
    return value === undefined ? undefined : (this.#counts.get(topologyKey)?.get(value) ?? 0);
  }

  /** The sum over all keys for the places of a node. */
  totalAt(node: Node): number {
    let total = 0;
    for (const topologyKey of this.#counts.keys()) total += this.at(topologyKey, node) ?? 0;
    return total;
  }

  /** Whether any place of the node has a count. */
  anyAt(node: Node): boolean {
    return [...this.#counts.keys()].some((topologyKey) => (this.at(topologyKey, node) ?? 0) > 0);
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  values(topologyKey: string): number[] {
    return [...(this.#counts.get(topologyKey)?.values() ?? [])];
  }
}
