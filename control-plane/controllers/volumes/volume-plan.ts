import { localPathProvisioner, provisionedByAnnotation, volumeProtection } from '../../../lib/kube/storage.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../../lib/kube/types.ts';
import type { Told } from './claim-plan.ts';

/** Held by our own volumes until their folder is removed, or is to be kept. */
export const folderFinalizer = localPathProvisioner;

type Phase = 'Available' | 'Bound' | 'Released' | 'Failed';

export type VolumeAction =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'phase';
      readonly phase: Phase;
      readonly message?: string | undefined;
      readonly told?: Told | undefined;
    }
  /** The data are to be removed and then the volume, which nobody claims any more. */
  | { readonly kind: 'reclaim' }
  /** It is being deleted, and this is what need not hold it any longer. */
  | { readonly kind: 'let-go'; readonly finalizers: readonly string[] };

/** What a volume needs next. `claim` is the one that it refers to by namespace and name, if that exists. */
export function planVolume(volume: PersistentVolume, claim: PersistentVolumeClaim | undefined): VolumeAction {
  const { claimRef } = volume.spec ?? {};
  const isOurs = volume.metadata?.annotations?.[provisionedByAnnotation] === localPathProvisioner;
  const isHeld = claim !== undefined && claimRef?.uid !== undefined && claim.metadata?.uid === claimRef.uid;
  const phase: Phase = !claimRef?.uid ? 'Available' : isHeld && !hasAnother(volume, claim) ? 'Bound' : 'Released';
  const isEnding = volume.metadata?.deletionTimestamp !== undefined;
  const mayRemove = isOurs && volume.spec?.persistentVolumeReclaimPolicy === 'Delete';
  if (phase === 'Released' && mayRemove) return { kind: 'reclaim' };
  if (isEnding) {
    if (phase === 'Bound') return { kind: 'none' };
    // Nobody ever had it: nothing in it is worth keeping, unless it is to be kept.
    if (mayRemove && hasFinalizer(volume, folderFinalizer)) return { kind: 'reclaim' };
    const finalizers = [volumeProtection, folderFinalizer].filter((one) => hasFinalizer(volume, one));
    return finalizers.length > 0 ? { kind: 'let-go', finalizers } : { kind: 'none' };
  }
  if (phase !== 'Released') return phase === volume.status?.phase ? { kind: 'none' } : { kind: 'phase', phase };
  return released(volume);
}

/** A claim that is about to be bound to this volume has none yet. */
function hasAnother(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return Boolean(claim.spec?.volumeName) && claim.spec?.volumeName !== volume.metadata?.name;
}

/** Its claim is gone: what becomes of it is the policy's to say. */
function released(volume: PersistentVolume): VolumeAction {
  const { persistentVolumeReclaimPolicy: policy } = volume.spec ?? {};
  const provisioner = volume.metadata?.annotations?.[provisionedByAnnotation];
  const isStuck = policy === 'Recycle' || (policy === 'Delete' && provisioner === undefined);
  const phase: Phase = isStuck ? 'Failed' : 'Released';
  if (phase === volume.status?.phase) return { kind: 'none' };
  if (!isStuck) return { kind: 'phase', phase };
  const message =
    policy === 'Recycle'
      ? 'recycling is not supported: remove the data and the volume by hand'
      : 'nobody is there who deletes volumes of this kind: remove the data and the volume by hand';
  const reason = policy === 'Recycle' ? 'VolumeFailedRecycle' : 'VolumeFailedDelete';
  return { kind: 'phase', phase, message, told: { type: 'Warning', reason, message } };
}

function hasFinalizer({ metadata }: PersistentVolume, finalizer: string): boolean {
  return metadata?.finalizers?.includes(finalizer) === true;
}
