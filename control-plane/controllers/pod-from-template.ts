import { controllerRef } from '../../lib/kube/owner.ts';
import type { ResourceType } from '../../lib/kube/resources.ts';
import type { KubeObject, Pod, PodTemplateSpec } from '../../lib/kube/types.ts';

/** A pod as its owner's template says, named after the owner. */
export function podFromTemplate(resource: ResourceType, owner: KubeObject, template: PodTemplateSpec | undefined): Pod {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata?.name ?? ''}-`,
      namespace: owner.metadata?.namespace,
      ownerReferences: [controllerRef(resource, owner)],
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
    },
    ...(template?.spec ? { spec: template.spec } : {}),
  };
}
