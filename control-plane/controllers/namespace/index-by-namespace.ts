import type { Informer } from '../../../lib/kube/informer.ts';
import type { KubeObject } from '../../../lib/kube/types.ts';

const namespaceIndex = 'namespace';

/** Lets an informer answer `inNamespace`. Calling it again does nothing. */
export function byNamespace<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(namespaceIndex, (object) => [object.metadata?.namespace ?? '']);
}

export function inNamespace<T extends KubeObject>(informer: Informer<T>, namespace: string | undefined): readonly T[] {
  return informer.byIndex(namespaceIndex, namespace ?? '');
}
