import { defaultClassAnnotation } from '../../../lib/kube/default-class.ts';
import { localPathClass, localPathProvisioner } from '../../../lib/kube/storage.ts';
import type { StorageClass } from '../../../lib/kube/types.ts';

/** The class that every cluster has: a folder on the node that the claim's first pod goes to. Who wants another default takes the annotation away. */
export const localPathStorageClass: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: localPathClass, annotations: { [defaultClassAnnotation]: 'true' } },
  provisioner: localPathProvisioner,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
};
