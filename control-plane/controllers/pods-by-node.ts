import type { Informer } from '../../lib/kube/informer.ts';
import type { Pod } from '../../lib/kube/types.ts';

const nodeIndex = 'node';

/** Lets the pods' informer answer `podsOn`. Calling it again does nothing. */
export function indexByNode(pods: Informer<Pod>): void {
  pods.addIndex(nodeIndex, (pod) => (pod.spec?.nodeName ? [pod.spec.nodeName] : []));
}

export function podsOn(pods: Informer<Pod>, node: string): readonly Pod[] {
  return pods.byIndex(nodeIndex, node);
}
