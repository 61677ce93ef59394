import { formatDuration } from '../../../lib/duration.ts';
import type { Failure } from '../failures.ts';
import { countOf } from '../verdicts/sentence.ts';

/** A workload is moved at most this often, so that a wrong guess costs little. */
const MIN_MOVE_INTERVAL_MS = 60_000;
/** Moves of one workload within the failure memory's window; a workload that still fails then is not helped by moving. */
const MAX_MOVES_IN_WINDOW = 5;

/** A pod that is ready and has not failed for so long has recovered where it is. */
const RECOVERED_AFTER_MS = 30_000;

/** A replica has shown that it works where it is once it has been ready for so long; before, it may be about to fail as well. */
const PROVEN_AFTER_MS = 10_000;

/** A replica of the workload other than the pod in question. */
export interface Replica {
  readonly node: string;
  /** Absent while it is not ready. */
  readonly readySinceMs?: number | undefined;
  /** Made from the same revision of the workload. A pod of another revision proves nothing about this one. */
  readonly isSameRevision: boolean;
}

export interface MoveFacts {
  readonly podUid: string;
  readonly node: string;
  readonly isReady: boolean;
  /** Controllers that replace a deleted pod on any node. A DaemonSet would put it back, a bare pod would be lost. */
  readonly isReplaceable: boolean;
  readonly desired: number;
  readonly others: readonly Replica[];
  /** Of the whole workload, in the memory's window. */
  readonly failures: readonly Failure[];
  /** Ready nodes that take new pods, this one included or not. */
  readonly usableNodes: readonly string[];
  /** Times of earlier moves of this workload. */
  readonly movesMs: readonly number[];
  readonly nowMs: number;
}

export interface MovePolicy {
  /** 0 = never. */
  readonly failuresBeforeMove: number;
  readonly windowMs: number;
}

export type MoveDecision =
  | { readonly decision: 'None' }
  | { readonly decision: 'Later'; readonly delayMs: number }
  | { readonly decision: 'Replace' | 'NotMoved'; readonly reason: string; readonly evidence: MoveEvidence };

export interface MoveEvidence {
  readonly failuresOfPod: number;
  readonly failuresByNode: Readonly<Record<string, number>>;
  readonly windowMs: number;
  readonly threshold: number;
  readonly lastReason: string;
  readonly desired: number;
  readonly healthyElsewhere: number;
}

/**
 * Whether a pod that failed again is better off on another node: only when it failed there often enough, while replicas made from the same template
 * do well on other nodes. What fails everywhere is not the node's fault, and stays.
 */
export function decideMove(facts: MoveFacts, policy: MovePolicy): MoveDecision {
  const own = facts.failures.filter((failure) => failure.podUid === facts.podUid && failure.node === facts.node);
  const first = own[0];
  const last = own.at(-1);
  if (policy.failuresBeforeMove === 0 || !facts.isReplaceable || !first || !last) return { decision: 'None' };
  if (own.length < policy.failuresBeforeMove) return { decision: 'None' };
  if (facts.isReady && facts.nowMs - last.timeMs > RECOVERED_AFTER_MS) return { decision: 'None' };

  const failuresByNode: Record<string, number> = {};
  for (const failure of facts.failures) failuresByNode[failure.node] = (failuresByNode[failure.node] ?? 0) + 1;
  const isGoodNode = (node: string) => (failuresByNode[node] ?? 0) < policy.failuresBeforeMove;
  const ready = facts.others.filter(
    (other) =>
      other.readySinceMs !== undefined && other.isSameRevision && other.node !== facts.node && isGoodNode(other.node),
  );
  const readyForMs = (other: Replica) => facts.nowMs - (other.readySinceMs ?? facts.nowMs);
  const healthy = ready.filter((other) => readyForMs(other) >= PROVEN_AFTER_MS);
  const otherNodes = facts.usableNodes.filter((node) => node !== facts.node);
  const evidence: MoveEvidence = {
    failuresOfPod: own.length,
    failuresByNode,
    windowMs: policy.windowMs,
    threshold: policy.failuresBeforeMove,
    lastReason: last.reason,
    desired: facts.desired,
    healthyElsewhere: healthy.length,
  };
  const stay = (reason: string): MoveDecision => ({ decision: 'NotMoved', reason, evidence });

  if (otherNodes.length === 0) return stay('there is no other node that takes pods');
  if (healthy.length === 0 && ready.length > 0) {
    return { decision: 'Later', delayMs: PROVEN_AFTER_MS - Math.max(...ready.map(readyForMs)) };
  }
  const failing = Object.keys(failuresByNode).filter((node) => node === facts.node || otherNodes.includes(node));
  if (failing.length > 1 && (healthy.length === 0 || !otherNodes.some(isGoodNode))) {
    return stay("the same failure on every node: not the node's fault");
  }
  if (healthy.length === 0) return stay("no replica is healthy elsewhere: not known to be the node's fault");
  if (facts.movesMs.length >= MAX_MOVES_IN_WINDOW) {
    return stay(
      `moved ${facts.movesMs.length} times in ${formatDuration(policy.windowMs)} already, and it did not help`,
    );
  }
  const sinceLastMs = facts.nowMs - Math.max(...facts.movesMs, -Infinity);
  if (sinceLastMs < MIN_MOVE_INTERVAL_MS) return { decision: 'Later', delayMs: MIN_MOVE_INTERVAL_MS - sinceLastMs };

  const crashes = `${countOf(own.length, 'crash', 'crashes')} there in ${formatDuration(facts.nowMs - first.timeMs)}`;
  const elsewhere = `${healthy.length} of ${facts.desired} replicas healthy elsewhere`;
  return { decision: 'Replace', reason: `moved off ${facts.node}: ${crashes}, ${elsewhere}`, evidence };
}
