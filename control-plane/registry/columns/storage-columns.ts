import { isDefaultClass } from '../../../lib/kube/default-class.ts';
import { classNameOf } from '../../../lib/kube/storage.ts';
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../../../lib/kube/types.ts';
import { ageColumn, column, nameColumn, type Column } from './column.ts';

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function modesText(modes: readonly string[] | undefined): string {
  return Object.entries(shortModes)
    .flatMap(([mode, short]) => (modes?.includes(mode) ? [short] : []))
    .join(',');
}

function phaseOf(object: PersistentVolume | PersistentVolumeClaim): string {
  return object.metadata?.deletionTimestamp === undefined ? (object.status?.phase ?? '') : 'Terminating';
}

function classOf(object: PersistentVolume | PersistentVolumeClaim): string {
  return classNameOf(object) ?? '';
}

function attributesClassOf({ spec }: PersistentVolume | PersistentVolumeClaim): string {
  return spec?.volumeAttributesClassName || '<unset>';
}

export const persistentVolumeColumns: readonly Column[] = [
  nameColumn,
  column<PersistentVolume>('Capacity', (one) => one.spec?.capacity?.['storage'] ?? '0'),
  column<PersistentVolume>('Access Modes', (one) => modesText(one.spec?.accessModes)),
  column<PersistentVolume>('Reclaim Policy', (one) => one.spec?.persistentVolumeReclaimPolicy ?? ''),
  column<PersistentVolume>('Status', phaseOf),
  column<PersistentVolume>('Claim', ({ spec }) =>
    spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
  ),
  column<PersistentVolume>('StorageClass', classOf),
  column<PersistentVolume>('VolumeAttributesClass', attributesClassOf),
  column<PersistentVolume>('Reason', (one) => one.status?.reason ?? ''),
  ageColumn,
  column<PersistentVolume>('VolumeMode', (one) => one.spec?.volumeMode ?? '<unset>', { wide: true }),
];

export const persistentVolumeClaimColumns: readonly Column[] = [
  nameColumn,
  column<PersistentVolumeClaim>('Status', phaseOf),
  column<PersistentVolumeClaim>('Volume', (one) => one.spec?.volumeName ?? ''),
  column<PersistentVolumeClaim>('Capacity', (one) =>
    one.spec?.volumeName ? (one.status?.capacity?.['storage'] ?? '0') : '',
  ),
  column<PersistentVolumeClaim>('Access Modes', (one) =>
    one.spec?.volumeName ? modesText(one.status?.accessModes) : '',
  ),
  column<PersistentVolumeClaim>('StorageClass', classOf),
  column<PersistentVolumeClaim>('VolumeAttributesClass', attributesClassOf),
  ageColumn,
  column<PersistentVolumeClaim>('VolumeMode', (one) => one.spec?.volumeMode ?? '<unset>', { wide: true }),
];

export const storageClassColumns: readonly Column[] = [
  {
    ...nameColumn,
    value: (one) => `${one.metadata?.name ?? ''}${isDefaultClass(one) ? ' (default)' : ''}`,
  },
  column<StorageClass>('Provisioner', (one) => one.provisioner),
  column<StorageClass>('ReclaimPolicy', (one) => one.reclaimPolicy ?? 'Delete'),
  column<StorageClass>('VolumeBindingMode', (one) => one.volumeBindingMode ?? 'Immediate'),
  column<StorageClass>('AllowVolumeExpansion', (one) => one.allowVolumeExpansion ?? false, { type: 'boolean' }),
  ageColumn,
];

export const csiDriverColumns: readonly Column[] = [
  nameColumn,
  column<CSIDriver>('AttachRequired', (one) => one.spec.attachRequired ?? true, { type: 'boolean' }),
  column<CSIDriver>('PodInfoOnMount', (one) => one.spec.podInfoOnMount ?? false, { type: 'boolean' }),
  column<CSIDriver>('StorageCapacity', (one) => one.spec.storageCapacity ?? false, { type: 'boolean' }),
  column<CSIDriver>(
    'TokenRequests',
    (one) => (one.spec.tokenRequests ?? []).map(({ audience }) => audience).join(',') || '<unset>',
  ),
  column<CSIDriver>('RequiresRepublish', (one) => one.spec.requiresRepublish ?? false, { type: 'boolean' }),
  column<CSIDriver>('Modes', (one) => (one.spec.volumeLifecycleModes ?? []).join(',') || '<none>'),
  ageColumn,
];

export const csiNodeColumns: readonly Column[] = [
  nameColumn,
  column<CSINode>('Drivers', (one) => one.spec.drivers.length, { type: 'integer' }),
  ageColumn,
];

export const volumeAttachmentColumns: readonly Column[] = [
  nameColumn,
  column<VolumeAttachment>('Attacher', (one) => one.spec.attacher),
  column<VolumeAttachment>('PV', (one) => one.spec.source.persistentVolumeName ?? ''),
  column<VolumeAttachment>('Node', (one) => one.spec.nodeName),
  column<VolumeAttachment>('Attached', (one) => one.status?.attached ?? false, { type: 'boolean' }),
  ageColumn,
];

export const csiStorageCapacityColumns: readonly Column[] = [
  nameColumn,
  column<CSIStorageCapacity>('StorageClassName', (one) => one.storageClassName),
  column<CSIStorageCapacity>('Capacity', (one) => one.capacity ?? '<unset>'),
  ageColumn,
];

export const volumeAttributesClassColumns: readonly Column[] = [
  nameColumn,
  column<VolumeAttributesClass>('DriverName', (one) => one.driverName),
  ageColumn,
];
