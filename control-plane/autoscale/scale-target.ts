import type { KubeClient } from '../../lib/kube/client.ts';
import * as resources from '../../lib/kube/resources.ts';
import type { ResourceType } from '../../lib/kube/resources.ts';
import type { KubeObject, LabelSelector, Scale } from '../../lib/kube/types.ts';

/** A kind that has a number of replicas and a selector. */
interface Scalable extends KubeObject {
  readonly spec?: { readonly replicas?: number; readonly selector?: LabelSelector };
  readonly status?: { readonly replicas?: number };
}

export interface ScaleTarget {
  readonly resource: ResourceType;
  readonly object: KubeObject;
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly selector: LabelSelector | undefined;
}

const kinds: ReadonlySet<string> = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController']);

/** The row of a kind that can be scaled, when this cluster has it. */
function scalableResource(apiVersion: string | undefined, kind: string): ResourceType<Scalable> | undefined {
  if (!kinds.has(kind)) return undefined;
  for (const row of Object.values(resources)) {
    if (typeof row === 'object' && row.kind === kind && (!apiVersion || resources.apiVersionOf(row) === apiVersion)) {
      // The rows are of many types; those of these kinds have replicas and a selector.
      return row as unknown as ResourceType<Scalable>;
    }
  }
  return undefined;
}

/** Reads the target as it is now. Throws what the client throws, and an `Error` for a kind that cannot be scaled. */
export async function readTarget(
  client: KubeClient,
  namespace: string,
  ref: { readonly apiVersion?: string; readonly kind: string; readonly name: string },
  signal: AbortSignal,
): Promise<ScaleTarget> {
  const resource = scalableResource(ref.apiVersion, ref.kind);
  if (!resource) throw new Error(`no matches for kind "${ref.kind}" in version "${ref.apiVersion ?? ''}"`);
  const object = await client.get(resource, { namespace, name: ref.name }, signal);
  return {
    resource,
    object,
    specReplicas: object.spec?.replicas ?? 1,
    statusReplicas: object.status?.replicas ?? 0,
    selector: object.spec?.selector,
  };
}

export async function setReplicas(
  client: KubeClient,
  target: ScaleTarget,
  replicas: number,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = target.object.metadata ?? {};
  const scale: Scale = {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { ...(namespace ? { namespace } : {}), ...(name ? { name } : {}) },
    spec: { replicas },
  };
  const resource: ResourceType = target.resource;
  await client.update(resource, scale, { subresource: 'scale', fieldManager: 'horizontal-pod-autoscaler' }, signal);
}
