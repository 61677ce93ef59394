import type { Taint } from '../../../lib/kube/types.ts';

/** Since when nodes have taints that do not say it: whoever sets one by hand gives no time, and what a pod tolerates for a while must count from somewhere. */
export class TaintTimes {
  readonly #firstSeen = new Map<string, ReadonlyMap<string, string>>();

  /** The taints of a node, each with its time: its own, or that at which it was seen here first. */
  dated(node: string, taints: readonly Taint[], nowMs: number): readonly Taint[] {
    const before = this.#firstSeen.get(node);
    // To the millisecond, unlike the API's times: a second is all that some tolerate.
    const now = new Date(nowMs).toISOString();
    const seen = new Map(
      taints.filter(({ timeAdded }) => !timeAdded).map((taint) => [idOf(taint), before?.get(idOf(taint)) ?? now]),
    );
    if (seen.size > 0) this.#firstSeen.set(node, seen);
    else this.#firstSeen.delete(node);
    return taints.map((taint) => ({ ...taint, timeAdded: taint.timeAdded ?? seen.get(idOf(taint)) }));
  }

  forget(node: string): void {
    this.#firstSeen.delete(node);
  }
}

function idOf({ key, value = '', effect }: Taint): string {
  return JSON.stringify([key, value, effect]);
}
