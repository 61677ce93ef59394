import type { KubeObject, OwnerReference, PersistentVolumeClaim, Pod, StatefulSet } from '../../../lib/kube/types.ts';
import { apiVersionOf, pods, statefulSets, type ResourceType } from '../../../lib/kube/resources.ts';

/** `data-web-0`: the claim of an ordinal, whatever pod has it. */
export function claimNameOf(set: StatefulSet, template: PersistentVolumeClaim, ordinal: number): string {
  return `${template.metadata?.name ?? ''}-${set.metadata?.name ?? ''}-${ordinal}`;
}

/** Whether a claim has a name that the set gives. */
export function mayHaveMade(set: StatefulSet, { metadata }: PersistentVolumeClaim): boolean {
  return (set.spec?.volumeClaimTemplates ?? []).some((template) =>
    metadata?.name?.startsWith(`${template.metadata?.name ?? ''}-${set.metadata?.name ?? ''}-`),
  );
}

/** The claims that the pod of an ordinal needs, as they are made. */
export function claimsOf(set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      ...template.metadata,
      name: claimNameOf(set, template, ordinal),
      namespace: set.metadata?.namespace,
      labels: { ...template.metadata?.labels, ...set.spec?.selector?.matchLabels },
    },
    ...(template.spec ? { spec: template.spec } : {}),
  }));
}

/**
 * The owners that a claim should have by the set's retention policy: the set when the claim goes with it, the pod when it goes with a pod that is scaled away. References
 * of others stay. `undefined` when it has them already.
 */
export function claimOwners(
  set: StatefulSet,
  claim: PersistentVolumeClaim,
  pod: Pod | undefined,
  isScaledAway: boolean,
): OwnerReference[] | undefined {
  const { whenDeleted, whenScaled } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const byPod = whenScaled === 'Delete' && isScaledAway && pod !== undefined;
  const bySet = whenDeleted === 'Delete' && !byPod;
  const before = claim.metadata?.ownerReferences ?? [];
  const own = new Set([set.metadata?.uid, pod?.metadata?.uid]);
  const others = before.filter(({ uid }) => !own.has(uid));
  const after = [...others, ...(bySet ? [reference(statefulSets, set)] : []), ...(byPod ? [reference(pods, pod)] : [])];
  const uids = (list: readonly OwnerReference[]) => list.map(({ uid }) => uid).join();
  return uids(after) === uids(before) ? undefined : after;
}

/** Belongs to a pod that is no more, or is not the present one: it will be collected, so that a new pod must wait for a new claim. */
export function isStaleClaim(claim: PersistentVolumeClaim, podUid: string | undefined): boolean {
  return (
    claim.metadata?.deletionTimestamp !== undefined ||
    (claim.metadata?.ownerReferences ?? []).some(({ kind, uid }) => kind === 'Pod' && uid !== podUid)
  );
}

function reference(resource: ResourceType, owner: KubeObject): OwnerReference {
  const { name = '', uid = '' } = owner.metadata ?? {};
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, name, uid };
}
