/** The workload a pod belongs to, as failures are counted: the controller that outlives a rollout (`Deployment`), else the pod's own controller. */
export interface FailureOwner {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
}

/** How often a workload failed on a node within the memory's window. */
export interface NodeFailures {
  readonly count: number;
  /** When the first of them was seen, milliseconds since the epoch. */
  readonly sinceMs: number;
  /** In people's words: `crashed (exit code 1)`, `liveness probe failed`. */
  readonly lastReason: string;
}

/**
 * What went wrong where. The health loop remembers; the scheduler asks once for every node that could take a pod, so an answer must come from memory.
 * `undefined` = nothing remembered.
 */
export interface FailureMemory {
  failuresOf(owner: FailureOwner, node: string): NodeFailures | undefined;
}

/** Remembers nothing: for a control plane without the health loop, and for tests. */
export const noFailureMemory: FailureMemory = { failuresOf: () => undefined };
