import type { PersistentVolume } from '../../../lib/kube/types.ts';

type VolumeSpec = NonNullable<PersistentVolume['spec']>;

/** Members of a volume's spec that say where the bytes are, of which exactly one is there, and what upstream calls them internally, in its order. */
const internalNames = {
  gcePersistentDisk: 'GCEPersistentDisk',
  awsElasticBlockStore: 'AWSElasticBlockStore',
  hostPath: 'HostPath',
  glusterfs: 'Glusterfs',
  nfs: 'NFS',
  rbd: 'RBD',
  quobyte: 'Quobyte',
  iscsi: 'ISCSI',
  flexVolume: 'FlexVolume',
  cinder: 'Cinder',
  cephfs: 'CephFS',
  fc: 'FC',
  flocker: 'Flocker',
  azureFile: 'AzureFile',
  vsphereVolume: 'VsphereVolume',
  azureDisk: 'AzureDisk',
  photonPersistentDisk: 'PhotonPersistentDisk',
  portworxVolume: 'PortworxVolume',
  scaleIO: 'ScaleIO',
  local: 'Local',
  storageos: 'StorageOS',
  csi: 'CSI',
} as const satisfies Partial<Record<keyof VolumeSpec, string>>;

type Source = keyof typeof internalNames;

export function sourcesOf(spec: VolumeSpec): readonly Source[] {
  return (Object.keys(internalNames) as Source[]).filter((name) => spec[name] !== undefined);
}

/** Where the bytes are, as upstream shows it. */
export function internalSource(spec: VolumeSpec): unknown {
  return Object.fromEntries(
    Object.entries(internalNames).map(([name, shown]) => [shown, internalForm(spec[name as Source])]),
  );
}

/** A value whose members are written as upstream's code writes them: in capitals, `null` where there is nothing. */
function internalForm(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(internalForm);
  if (typeof value !== 'object') return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    members.map(([name, member]) => [`${name.slice(0, 1).toUpperCase()}${name.slice(1)}`, internalForm(member)]),
  );
}
