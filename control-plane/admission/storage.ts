import { defaultClassOf } from '../../lib/kube/default-class.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from '../../lib/kube/resources.ts';
import { claimProtection, classNameOf, volumeProtection } from '../../lib/kube/storage.ts';
import type { PersistentVolumeClaim, StorageClass } from '../../lib/kube/types.ts';
import type { AdmissionPlugin } from '../registry/admission.ts';
import type { Registry } from '../registry/registry.ts';

/** Gives a claim that names no class the cluster's default, if there is one. */
export function defaultStorageClass(registry: Registry): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    admit({ operation, definition, object, subresource }) {
      if (operation !== 'CREATE' || definition.resource !== persistentVolumeClaims || subresource !== undefined) return;
      const claim = object as PersistentVolumeClaim;
      if (!claim.spec || classNameOf(claim) !== undefined) return;
      const classes = registry.of(storageClasses).cache.all();
      const found = defaultClassOf([...classes].map((entry) => entry.object as StorageClass));
      if (found?.metadata?.name) claim.spec.storageClassName = found.metadata.name;
    },
  };
}

/** Claims and volumes are held while they are in use, so that nobody's data goes under a running pod. */
export const storageInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  admit({ operation, definition: { resource }, object, subresource }) {
    if (operation !== 'CREATE' || subresource !== undefined || !object) return;
    const finalizer =
      resource === persistentVolumeClaims
        ? claimProtection
        : resource === persistentVolumes
          ? volumeProtection
          : undefined;
    if (finalizer === undefined || object.metadata.finalizers?.includes(finalizer)) return;
    object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  },
};
