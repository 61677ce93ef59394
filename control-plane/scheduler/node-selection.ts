import { selectorMeansNode, termMeansNode } from '../../lib/kube/node-selector.ts';
import type { Node, Pod } from '../../lib/kube/types.ts';

/** Whether the node carries what `nodeSelector` and required node affinity ask for. */
export function selectsNode(pod: Pod, node: Node): boolean {
  const labels = node.metadata?.labels ?? {};
  for (const [name, value] of Object.entries(pod.spec?.nodeSelector ?? {})) {
    if (labels[name] !== value) return false;
  }
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || selectorMeansNode(required, node);
}

/** The sum of the weights of preferred terms that the node fulfils. */
export function preferredWeight(pod: Pod, node: Node): number {
  const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return preferred.reduce((sum, { preference, weight }) => sum + (termMeansNode(preference, node) ? weight : 0), 0);
}
