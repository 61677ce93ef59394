import { isPodFinished } from '../../../lib/kube/pod-facts.ts';
import { controllerOf, controllerRef } from '../../../lib/kube/owner.ts';
import { pods } from '../../../lib/kube/resources.ts';
import type { Pod, ResourceClaim, ResourceClaimTemplate } from '../../../lib/kube/types.ts';
import type { PodResourceClaim } from '../../../lib/kube/device-claims.ts';

/** On a claim that was made of a template: the entry of the pod that it was made for. */
const entryAnnotation = 'resource.kubernetes.io/pod-claim-name';
/** Held while devices are allocated to the claim. */
export const allocationFinalizer = 'resource.kubernetes.io/delete-protection';

/** The claim of a template, for a pod that goes with it. */
export function claimFor(pod: Pod, entry: PodResourceClaim, { spec }: ResourceClaimTemplate): ResourceClaim {
  const { labels, annotations } = spec.metadata ?? {};
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: {
      generateName: `${pod.metadata?.name ?? ''}-${entry.name}-`,
      namespace: pod.metadata?.namespace,
      ownerReferences: [controllerRef(pods, pod)],
      annotations: { ...annotations, [entryAnnotation]: entry.name },
      ...(labels ? { labels } : {}),
    },
    spec: spec.spec,
  };
}

/** Whether a claim was made for this entry of the pod: it may be there before the pod's status says so. */
export function isMadeFor(claim: ResourceClaim, pod: Pod, { name }: PodResourceClaim): boolean {
  return (
    controllerOf(claim)?.uid === pod.metadata?.uid &&
    claim.metadata?.annotations?.[entryAnnotation] === name &&
    claim.metadata.deletionTimestamp === undefined
  );
}

/** What becomes of a claim when its pods have ended. */
export interface ClaimPlan {
  /** The status to write: whoever has ended has nothing, and what nobody has is allocated no more. */
  readonly status?: NonNullable<ResourceClaim['status']>;
  /** Nothing is allocated that a deletion would have to wait for. */
  readonly releases?: true;
  /** It was made for a pod that has ended. */
  readonly deletes?: true;
}

/** `podOf` finds a pod of the claim's namespace; pods that are gone have ended. Pure. */
export function planClaim(claim: ResourceClaim, podOf: (name: string) => Pod | undefined): ClaimPlan {
  const { metadata, status } = claim;
  const consumers = status?.reservedFor ?? [];
  const hasEnded = (name: string, uid: string) => {
    const pod = podOf(name);
    return pod?.metadata?.uid !== uid || isPodFinished(pod);
  };
  const left = consumers.filter(
    ({ apiGroup, resource, name, uid }) => (apiGroup ?? '') !== '' || resource !== 'pods' || !hasEnded(name, uid),
  );
  const owner = controllerOf(claim);
  const isOfPod = owner?.kind === 'Pod' && owner.apiVersion === 'v1';
  const isDeleted = metadata?.deletionTimestamp !== undefined;
  // The end of the last pod frees the devices; a claim that none has had yet keeps them.
  const isFreed = left.length === 0 && status?.allocation !== undefined && (consumers.length > 0 || isDeleted);
  const { allocation: _allocation, reservedFor: _reservedFor, ...rest } = status ?? {};
  const next = {
    ...rest,
    ...(status?.allocation && !isFreed ? { allocation: status.allocation } : {}),
    ...(left.length > 0 ? { reservedFor: left } : {}),
  };
  const isAllocated = status?.allocation !== undefined && !isFreed;
  return {
    ...(left.length < consumers.length || isFreed ? { status: next } : {}),
    ...(isDeleted && !isAllocated && metadata.finalizers?.includes(allocationFinalizer) ? { releases: true } : {}),
    ...(isOfPod && !isDeleted && hasEnded(owner.name, owner.uid) ? { deletes: true } : {}),
  };
}
