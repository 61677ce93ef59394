import type { PersistentVolume, PersistentVolumeClaim, Pod } from './types.ts';

/** What several loops ask about claims and volumes, answered from the objects alone. */

/** Held until no pod uses the claim. */
export const claimProtection = 'kubernetes.io/pvc-protection';
/** Held until no claim has the volume. */
export const volumeProtection = 'kubernetes.io/pv-protection';
/** On a claim: the node that the scheduler has chosen for its first pod. Where it was taken away again, no volume could be made there. */
export const selectedNodeAnnotation = 'volume.kubernetes.io/selected-node';
/** On a volume: who made it, and therefore removes it. */
export const provisionedByAnnotation = 'pv.kubernetes.io/provisioned-by';

/** The provisioner of folders on nodes, which is part of the control plane. */
export const localPathProvisioner = 'vigil.dev/local-path';
export const localPathClass = 'local-path';

/** In a StorageClass: no volumes are made, people make them. */
export const noProvisioner = 'kubernetes.io/no-provisioner';

/** Before there was a field, the class stood in this annotation; it still wins. */
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** The name of the class; '' = none is wanted, `undefined` = nothing is said. */
export function classNameOf({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string | undefined {
  return metadata?.annotations?.[CLASS_ANNOTATION] ?? spec?.storageClassName;
}

/** Bound as far as a pod is concerned: both sides know one another. */
export function isClaimBound({ spec, status }: PersistentVolumeClaim): boolean {
  return Boolean(spec?.volumeName) && status?.phase === 'Bound';
}

/** The names of the claims that a pod mounts. */
export function claimNamesOf(pod: Pod): string[] {
  return (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}
