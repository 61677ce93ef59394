import { wholeValue } from '../../../lib/kube/quantity.ts';
import { classNameOf } from '../../../lib/kube/storage.ts';
import type {
  PersistentVolume,
  PersistentVolumeClaim,
  StatefulSet,
  StorageClass,
  VolumeAttachment,
} from '../../../lib/kube/types.ts';
import type { MetricText } from './metric-text.ts';

const volumePhases = ['Available', 'Bound', 'Failed', 'Pending', 'Released'] as const;
const claimPhases = ['Bound', 'Lost', 'Pending'] as const;

/** `kube_statefulset_*`. */
export function addStatefulSet(text: MetricText, set: StatefulSet): void {
  const { namespace, name, creationTimestamp, generation } = set.metadata ?? {};
  const { spec, status } = set;
  const id = { namespace, statefulset: name };
  const gauge = (suffix: string, help: string, value: number | undefined) =>
    text.gauge(`kube_statefulset_${suffix}`, help, id, value);
  text.time('kube_statefulset_created', 'Unix creation timestamp', id, creationTimestamp);
  gauge('status_replicas', 'The number of replicas per StatefulSet.', status?.replicas ?? 0);
  gauge(
    'status_replicas_available',
    'The number of available replicas per StatefulSet.',
    status?.availableReplicas ?? 0,
  );
  gauge('status_replicas_current', 'The number of current replicas per StatefulSet.', status?.currentReplicas ?? 0);
  gauge('status_replicas_ready', 'The number of ready replicas per StatefulSet.', status?.readyReplicas ?? 0);
  gauge('status_replicas_updated', 'The number of updated replicas per StatefulSet.', status?.updatedReplicas ?? 0);
  gauge(
    'status_observed_generation',
    'The generation observed by the StatefulSet controller.',
    status?.observedGeneration ?? 0,
  );
  gauge('replicas', 'Number of desired pods for a StatefulSet.', spec?.replicas ?? 1);
  gauge('metadata_generation', 'Sequence number representing a specific generation of the desired state.', generation);
  for (const [which, revision] of [
    ['current', status?.currentRevision],
    ['update', status?.updateRevision],
  ] as const) {
    const help = `Indicates the version of the StatefulSet used to generate Pods in the sequence (${which}).`;
    if (revision) text.gauge(`kube_statefulset_status_${which}_revision`, help, { ...id, revision }, 1);
  }
  const { whenDeleted, whenScaled } = spec?.persistentVolumeClaimRetentionPolicy ?? {};
  text.gauge(
    'kube_statefulset_persistentvolumeclaim_retention_policy',
    'Count of retention policy for StatefulSet template PVCs',
    { ...id, when_deleted: whenDeleted ?? 'Retain', when_scaled: whenScaled ?? 'Retain' },
    1,
  );
}

/** `kube_persistentvolume_*`. */
export function addPersistentVolume(text: MetricText, volume: PersistentVolume): void {
  const { name, creationTimestamp } = volume.metadata ?? {};
  const { spec, status } = volume;
  const id = { persistentvolume: name };
  text.time('kube_persistentvolume_created', 'Unix creation timestamp', id, creationTimestamp);
  text.state(
    'kube_persistentvolume_status_phase',
    'The phase indicates if a volume is available, bound to a claim, or released by a claim.',
    id,
    'phase',
    volumePhases,
    status?.phase ?? 'Pending',
  );
  text.gauge(
    'kube_persistentvolume_info',
    'Information about persistentvolume.',
    {
      ...id,
      storageclass: classNameOf(volume) ?? '',
      gce_persistent_disk_name: spec?.gcePersistentDisk?.pdName,
      ebs_volume_id: spec?.awsElasticBlockStore?.volumeID,
      azure_disk_name: spec?.azureDisk?.diskName,
      fc_wwids: spec?.fc?.wwids?.join(','),
      fc_lun: spec?.fc?.lun,
      fc_target_wwns: spec?.fc?.targetWWNs?.join(','),
      iscsi_target_portal: spec?.iscsi?.targetPortal,
      iscsi_iqn: spec?.iscsi?.iqn,
      iscsi_lun: spec?.iscsi?.lun,
      iscsi_initiator_name: spec?.iscsi?.initiatorName,
      nfs_server: spec?.nfs?.server,
      nfs_path: spec?.nfs?.path,
      csi_driver: spec?.csi?.driver,
      csi_volume_handle: spec?.csi?.volumeHandle,
      local_path: spec?.local?.path,
      local_fs: spec?.local?.fsType,
      host_path: spec?.hostPath?.path,
      host_path_type: spec?.hostPath?.type,
      reclaim_policy: spec?.persistentVolumeReclaimPolicy ?? '',
    },
    1,
  );
  text.gauge(
    'kube_persistentvolume_capacity_bytes',
    'Persistentvolume capacity in bytes.',
    id,
    wholeValue(spec?.capacity?.['storage'] ?? '0'),
  );
  const claim = spec?.claimRef;
  if (claim) {
    const help = 'Information about the Persistent Volume Claim Reference.';
    text.gauge(
      'kube_persistentvolume_claim_ref',
      help,
      { ...id, name: claim.name, claim_namespace: claim.namespace },
      1,
    );
  }
}

/** `kube_persistentvolumeclaim_*`. */
export function addPersistentVolumeClaim(text: MetricText, claim: PersistentVolumeClaim): void {
  const { namespace, name, creationTimestamp } = claim.metadata ?? {};
  const { spec, status } = claim;
  const id = { namespace, persistentvolumeclaim: name };
  text.time('kube_persistentvolumeclaim_created', 'Unix creation timestamp', id, creationTimestamp);
  text.gauge(
    'kube_persistentvolumeclaim_info',
    'Information about persistent volume claim.',
    {
      ...id,
      storageclass: classNameOf(claim) ?? '<none>',
      volumename: spec?.volumeName ?? '',
      volumemode: spec?.volumeMode ?? '',
    },
    1,
  );
  text.state(
    'kube_persistentvolumeclaim_status_phase',
    'The phase the persistent volume claim is currently in.',
    id,
    'phase',
    claimPhases,
    status?.phase ?? 'Pending',
  );
  const help = 'The capacity of storage requested by the persistent volume claim.';
  const asked = wholeValue(spec?.resources?.requests?.['storage'] ?? '0');
  text.gauge('kube_persistentvolumeclaim_resource_requests_storage_bytes', help, id, asked);
  for (const mode of spec?.accessModes ?? []) {
    const modeHelp = 'The access mode(s) specified by the persistent volume claim.';
    text.gauge('kube_persistentvolumeclaim_access_mode', modeHelp, { ...id, access_mode: mode }, 1);
  }
}

/** `kube_storageclass_*`. */
export function addStorageClass(text: MetricText, storageClass: StorageClass): void {
  const { name, creationTimestamp } = storageClass.metadata ?? {};
  const id = { storageclass: name };
  text.time('kube_storageclass_created', 'Unix creation timestamp', id, creationTimestamp);
  text.gauge(
    'kube_storageclass_info',
    'Information about storageclass.',
    {
      ...id,
      provisioner: storageClass.provisioner,
      reclaim_policy: storageClass.reclaimPolicy ?? 'Delete',
      volume_binding_mode: storageClass.volumeBindingMode ?? 'Immediate',
    },
    1,
  );
}

/** `kube_volumeattachment_*`, but for the attacher's own metadata. */
export function addVolumeAttachment(text: MetricText, { metadata, spec, status }: VolumeAttachment): void {
  const id = { volumeattachment: metadata?.name };
  const labels = { ...id, attacher: spec?.attacher, node: spec?.nodeName };
  text.gauge('kube_volumeattachment_info', 'Information about volumeattachment.', labels, 1);
  text.time('kube_volumeattachment_created', 'Unix creation timestamp', id, metadata?.creationTimestamp);
  const volumename = spec?.source?.persistentVolumeName;
  if (volumename) {
    const help = 'The PersistentVolume that is attached.';
    text.gauge('kube_volumeattachment_spec_source_persistentvolume', help, { ...id, volumename }, 1);
  }
  text.gauge('kube_volumeattachment_status_attached', 'Whether it is attached.', id, status?.attached ?? false);
}
