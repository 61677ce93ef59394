import type { Informer } from '../../lib/kube/informer.ts';
import { controllerOf } from '../../lib/kube/owner.ts';
import type { KubeObject } from '../../lib/kube/types.ts';

const controllerIndex = 'controller';

/** Lets an informer answer `ownedOrOrphans`. Calling it again does nothing. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(controllerIndex, (object) => [
    controllerOf(object)?.uid ?? `orphans of ${object.metadata?.namespace ?? ''}`,
  ]);
}

/** Objects that an owner controls, and those of its namespace that nobody controls. */
export function ownedOrOrphans<T extends KubeObject>(informer: Informer<T>, owner: KubeObject): T[] {
  return [...ownedBy(informer, owner.metadata?.uid ?? ''), ...orphansIn(informer, owner.metadata?.namespace ?? '')];
}

export function ownedBy<T extends KubeObject>(informer: Informer<T>, ownerUid: string): readonly T[] {
  return informer.byIndex(controllerIndex, ownerUid);
}

function orphansIn<T extends KubeObject>(informer: Informer<T>, namespace: string): readonly T[] {
  return informer.byIndex(controllerIndex, `orphans of ${namespace}`);
}
