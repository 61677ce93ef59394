import { taintKeys } from '../../../lib/kube/taints.ts';
import { isVolumeOnNode } from '../../../lib/kube/volume-match.ts';
import type { Node, PersistentVolume } from '../../../lib/kube/types.ts';

/** What is known of the node of a pod that is to be removed without an answer of its agent. */
export interface FencingFacts {
  readonly node: Node;
  readonly nodes: readonly Node[];
  /** The volumes that the pod's claims are bound to. */
  readonly volumes: readonly PersistentVolume[];
}

/** Whether somebody who knows has said that a node is off, with upstream's taint. */
export function isOutOfService(node: Node): boolean {
  return (node.spec?.taints ?? []).some(({ key }) => key === taintKeys.outOfService);
}

/**
 * The volume for whose sake a pod of a silent node is not removed by force; `undefined` = it may be. A silent node may be cut off rather than dead, so that its pods go on: two pods
 * must never write one volume. A volume that only this node can mount is safe by itself, for the next pod waits for the node too.
 */
export function unfencedVolume({ node, nodes, volumes }: FencingFacts): PersistentVolume | undefined {
  if (isOutOfService(node)) return undefined;
  const others = nodes.filter(({ metadata }) => metadata?.name !== node.metadata?.name);
  return volumes.find((volume) => others.some((other) => isVolumeOnNode(volume, other)));
}
