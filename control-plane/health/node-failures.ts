import type { FailureMemory, FailureOwner, NodeFailures } from '../scheduler/failure-memory.ts';
import type { Failure } from './failures.ts';
import { BoundedMap } from './ring.ts';
import { workloadKey } from './workload-key.ts';

const MAX_OWNERS = 4_000;
/** Of one workload on all nodes; the oldest are forgotten beyond that. */
const MAX_FAILURES = 500;

/**
 * The failures of each workload in a sliding window, by node. The same run of a container reported twice (by the agent and by the pod's status) counts once;
 * the agent's account is the better one, so it replaces what was guessed from a status.
 */
export class NodeFailureMemory implements FailureMemory {
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #owners = new BoundedMap<Map<string, Failure>>(MAX_OWNERS);

  constructor(options: { readonly windowMs: number; readonly now: () => number }) {
    this.#windowMs = options.windowMs;
    this.#now = options.now;
  }

  /** The earliest moment that is remembered. */
  get windowStartMs(): number {
    return this.#now() - this.#windowMs;
  }

  /** True when the failure was not known. `isExact` is false for what was derived from a status. */
  add(key: string, failure: Failure, isExact: boolean): boolean {
    if (!(failure.timeMs >= this.windowStartMs)) return false;
    const failures = this.#owners.touch(key, () => new Map<string, Failure>());
    const known = failures.get(failure.id);
    if (known && !isExact) return false;
    failures.set(failure.id, failure);
    this.#forget(failures);
    return known === undefined;
  }

  /** Of a workload, those still in the window, oldest first. */
  of(key: string): readonly Failure[] {
    const failures = this.#owners.get(key);
    if (!failures) return [];
    const startMs = this.windowStartMs;
    return [...failures.values()].filter((failure) => failure.timeMs >= startMs).sort((a, b) => a.timeMs - b.timeMs);
  }

  failuresOf(owner: FailureOwner, node: string): NodeFailures | undefined {
    const here = this.of(workloadKey(owner.namespace, owner)).filter((failure) => failure.node === node);
    const [first] = here;
    const last = here.at(-1);
    return first && last && { count: here.length, sinceMs: first.timeMs, lastReason: last.reason };
  }

  #forget(failures: Map<string, Failure>): void {
    const startMs = this.windowStartMs;
    for (const [id, failure] of failures) if (failure.timeMs < startMs) failures.delete(id);
    for (const id of failures.keys()) {
      if (failures.size <= MAX_FAILURES) return;
      failures.delete(id);
    }
  }
}
