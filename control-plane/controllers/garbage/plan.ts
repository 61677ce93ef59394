import type { KubeObject, OwnerReference } from '../../../lib/kube/types.ts';
import { ownersOf } from './graph.ts';

const foregroundFinalizer = 'foregroundDeletion';
const orphanFinalizer = 'orphan';

/** How an owner stands: it exists; it exists and waits for its dependents to go first; it is gone. What cannot be told counts as existing. */
export type OwnerState = 'solid' | 'waiting' | 'absent';

export type GarbageAction =
  | { readonly type: 'keep' }
  /** Takes references to these owners out of the object. */
  | { readonly type: 'disown'; readonly ownerUids: readonly string[] }
  | { readonly type: 'delete'; readonly policy: 'Background' | 'Foreground' | 'Orphan' }
  | { readonly type: 'removeFinalizer'; readonly finalizer: string }
  /** Looks at these dependents, which hold the object. */
  | { readonly type: 'visitDependents'; readonly uids: readonly string[] }
  /** Takes the object's reference out of all dependents, then the finalizer off the object. */
  | { readonly type: 'orphanDependents'; readonly uids: readonly string[] };

/**
 * What to do about one object. An object goes when all its owners are gone; one owner that lives keeps it. An object that is being deleted in the foreground goes
 * after the dependents that block it; one being deleted with `orphan` lets its dependents go free first.
 */
export function planGarbage(
  object: KubeObject,
  stateOf: (owner: OwnerReference) => OwnerState,
  dependents: readonly KubeObject[],
): GarbageAction {
  const finalizers = object.metadata?.finalizers ?? [];
  if (object.metadata?.deletionTimestamp !== undefined) return planEnding(object, finalizers, dependents);

  const owners = ownersOf(object);
  if (owners.length === 0) return { type: 'keep' };
  const states = owners.map((owner) => ({ owner, state: stateOf(owner) }));
  const uidsIn = (state: OwnerState) => states.filter((one) => one.state === state).map(({ owner }) => owner.uid);
  const absent = uidsIn('absent');
  const waiting = uidsIn('waiting');
  if (absent.length + waiting.length < owners.length) {
    const leaving = [...absent, ...waiting];
    return leaving.length === 0 ? { type: 'keep' } : { type: 'disown', ownerUids: leaving };
  }
  if (waiting.length > 0 && dependents.length > 0) return { type: 'delete', policy: 'Foreground' };
  if (finalizers.includes(orphanFinalizer)) return { type: 'delete', policy: 'Orphan' };
  return { type: 'delete', policy: finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background' };
}

export function isWaiting(owner: KubeObject): boolean {
  return (
    owner.metadata?.deletionTimestamp !== undefined && (owner.metadata.finalizers ?? []).includes(foregroundFinalizer)
  );
}

function planEnding(
  object: KubeObject,
  finalizers: readonly string[],
  dependents: readonly KubeObject[],
): GarbageAction {
  if (finalizers.includes(orphanFinalizer)) return { type: 'orphanDependents', uids: dependents.map(uidOf) };
  if (!finalizers.includes(foregroundFinalizer)) return { type: 'keep' };
  const blocking = dependents.filter((dependent) =>
    ownersOf(dependent).some((owner) => owner.uid === uidOf(object) && owner.blockOwnerDeletion === true),
  );
  if (blocking.length === 0) return { type: 'removeFinalizer', finalizer: foregroundFinalizer };
  return {
    type: 'visitDependents',
    uids: dependents.filter(({ metadata }) => metadata?.deletionTimestamp === undefined).map(uidOf),
  };
}

function uidOf(object: KubeObject): string {
  return object.metadata?.uid ?? '';
}
