import type { EventType } from '../../../lib/kube/event-recorder.ts';
import { classNameOf, localPathProvisioner, noProvisioner, selectedNodeAnnotation } from '../../../lib/kube/storage.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../../lib/kube/types.ts';
import { freeVolumeFor, mismatchOf, refersTo, volumeReservedFor } from '../../../lib/kube/volume-match.ts';

export interface Told {
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
}

export type ClaimAction =
  | { readonly kind: 'none' }
  /** Nothing can be done now; `told` says why, unless it is said already. */
  | { readonly kind: 'wait'; readonly told?: Told | undefined }
  /** Both sides are to know one another. */
  | { readonly kind: 'bind'; readonly volume: PersistentVolume }
  /** Its volume is gone, and with it the data. */
  | { readonly kind: 'lose'; readonly told: Told }
  | { readonly kind: 'set-class'; readonly name: string }
  | { readonly kind: 'provision'; readonly node: string; readonly storageClass: StorageClass }
  /** Somebody else makes volumes of this class. */
  | { readonly kind: 'await-provisioner'; readonly provisioner: string; readonly told: Told };

export interface ClaimFacts {
  /** By the claim's class name. */
  readonly storageClass: StorageClass | undefined;
  readonly defaultClass: StorageClass | undefined;
  readonly volumes: Iterable<PersistentVolume>;
  readonly volume: (name: string) => PersistentVolume | undefined;
  readonly node: (name: string) => Node | undefined;
}

const normal = (reason: string, message: string): Told => ({ type: 'Normal', reason, message });
const warning = (reason: string, message: string): Told => ({ type: 'Warning', reason, message });

/** What a claim needs next, after upstream's volume controller. */
export function planClaim(claim: PersistentVolumeClaim, facts: ClaimFacts): ClaimAction {
  const { volumeName } = claim.spec ?? {};
  if (volumeName) return planNamed(claim, volumeName, facts.volume(volumeName));
  if (claim.metadata?.deletionTimestamp !== undefined) return { kind: 'none' };
  const reserved = volumeReservedFor(claim, facts.volumes);
  if (reserved) return { kind: 'bind', volume: reserved };
  const className = classNameOf(claim);
  if (className === undefined && facts.defaultClass?.metadata?.name) {
    return { kind: 'set-class', name: facts.defaultClass.metadata.name };
  }
  const nodeName = claim.metadata?.annotations?.[selectedNodeAnnotation];
  const isDelayed = facts.storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
  if (isDelayed && nodeName === undefined) {
    const message = 'waiting for first consumer to be created before binding';
    return { kind: 'wait', told: normal('WaitForFirstConsumer', message) };
  }
  const free = freeVolumeFor(claim, facts.volumes, nodeName === undefined ? undefined : facts.node(nodeName));
  return free ? { kind: 'bind', volume: free } : planProvision(claim, className, nodeName, facts);
}

function planNamed(claim: PersistentVolumeClaim, name: string, volume: PersistentVolume | undefined): ClaimAction {
  const wasBound = claim.status?.phase === 'Bound' || claim.status?.phase === 'Lost';
  if (!volume) {
    if (!wasBound) return { kind: 'wait' };
    const message = 'Bound claim has lost its PersistentVolume. Data on the volume is lost!';
    return { kind: 'lose', told: warning('ClaimLost', message) };
  }
  if (volume.spec?.claimRef && !refersTo(volume, claim)) {
    if (wasBound) {
      const message = 'Two claims are bound to the same volume, this one is bound incorrectly';
      return { kind: 'lose', told: warning('ClaimMisbound', message) };
    }
    return { kind: 'wait', told: warning('FailedBinding', `volume "${name}" already bound to a different claim.`) };
  }
  const isDone =
    claim.status?.phase === 'Bound' &&
    volume.status?.phase === 'Bound' &&
    volume.spec?.claimRef?.uid === claim.metadata?.uid;
  if (isDone || claim.metadata?.deletionTimestamp !== undefined) return { kind: 'none' };
  const mismatch = wasBound ? undefined : mismatchOf(volume, claim);
  if (mismatch === undefined) return { kind: 'bind', volume };
  const message = `Cannot bind to requested volume "${name}": ${mismatch}`;
  return { kind: 'wait', told: warning('VolumeMismatch', message) };
}

function planProvision(
  claim: PersistentVolumeClaim,
  className: string | undefined,
  node: string | undefined,
  { storageClass }: ClaimFacts,
): ClaimAction {
  if (!className) {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    return { kind: 'wait', told: normal('FailedBinding', message) };
  }
  if (!storageClass) {
    const message = `storageclass.storage.k8s.io "${className}" not found`;
    return { kind: 'wait', told: warning('ProvisioningFailed', message) };
  }
  const { provisioner } = storageClass;
  if (provisioner === noProvisioner) {
    return { kind: 'wait', told: normal('FailedBinding', 'no persistent volumes available for this claim') };
  }
  if (provisioner !== localPathProvisioner) {
    const message = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    return { kind: 'await-provisioner', provisioner, told: normal('ExternalProvisioning', message) };
  }
  const refusal = whyNotLocal(claim, node);
  if (refusal === undefined && node !== undefined) return { kind: 'provision', node, storageClass };
  const message = `failed to provision volume with StorageClass "${className}": ${refusal ?? ''}`;
  return { kind: 'wait', told: warning('ProvisioningFailed', message) };
}

/** What a folder on one node cannot be. */
function whyNotLocal({ spec }: PersistentVolumeClaim, node: string | undefined): string | undefined {
  const shared = spec?.accessModes?.find((mode) => mode !== 'ReadWriteOnce' && mode !== 'ReadWriteOncePod');
  if (shared) return `${shared} is not possible: the volume is a folder on one node`;
  if (spec?.volumeMode === 'Block') return 'volumeMode Block is not possible: the volume is a folder';
  if (spec?.selector) return 'claim.Spec.Selector is not supported';
  if (node === undefined)
    return 'the class must have volumeBindingMode WaitForFirstConsumer, for the volume is on a node';
  return undefined;
}
