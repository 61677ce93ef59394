import type { Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../../lib/kube/types.ts';
import { localPathProvisioner, provisionedByAnnotation } from '../../../lib/kube/storage.ts';
import { folderFinalizer } from './volume-plan.ts';

const HOSTNAME_LABEL = 'kubernetes.io/hostname';

/** The name of the volume of a claim: always the same, so that making it twice makes one. */
export function localVolumeName(claim: PersistentVolumeClaim): string {
  return `pvc-${claim.metadata?.uid ?? ''}`;
}

/** The volume for a claim: a folder on a node, which only that node can mount. */
export function localVolume(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  node: Node,
  path: string,
): PersistentVolume {
  const { namespace, name, uid, resourceVersion } = claim.metadata ?? {};
  const policy = storageClass.reclaimPolicy ?? 'Delete';
  const hostname = node.metadata?.labels?.[HOSTNAME_LABEL] ?? node.metadata?.name ?? '';
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: localVolumeName(claim),
      annotations: { [provisionedByAnnotation]: localPathProvisioner },
      finalizers: [folderFinalizer],
    },
    spec: {
      capacity: { storage: claim.spec?.resources?.requests?.['storage'] ?? '0' },
      accessModes: claim.spec?.accessModes ?? [],
      volumeMode: 'Filesystem',
      persistentVolumeReclaimPolicy: policy,
      storageClassName: storageClass.metadata?.name ?? '',
      local: { path },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: HOSTNAME_LABEL, operator: 'In', values: [hostname] }] }],
        },
      },
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion },
    },
  };
}

/** The value of the hostname label of the node that a local volume is on. */
export function hostnameOf(volume: PersistentVolume): string | undefined {
  const [term] = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  return term?.matchExpressions?.find(({ key }) => key === HOSTNAME_LABEL)?.values?.[0];
}

export function hasHostname(node: Node, hostname: string): boolean {
  return (node.metadata?.labels?.[HOSTNAME_LABEL] ?? node.metadata?.name) === hostname;
}
