import type { Pod } from './types.ts';

/** An entry of `spec.resourceClaims`: a claim that is there, or a template of which one is made for the pod. */
export type PodResourceClaim = NonNullable<NonNullable<Pod['spec']>['resourceClaims']>[number];

/** Which ResourceClaim an entry means: `awaited` while none is made of its template, `none` when none was needed. */
export type MeantClaim =
  | { readonly kind: 'claim'; readonly name: string; readonly isGenerated: boolean }
  | { readonly kind: 'awaited' }
  | { readonly kind: 'none' };

export function meantClaimOf(pod: Pod, { name, resourceClaimName }: PodResourceClaim): MeantClaim {
  if (resourceClaimName !== undefined) return { kind: 'claim', name: resourceClaimName, isGenerated: false };
  const status = pod.status?.resourceClaimStatuses?.find((one) => one.name === name);
  if (!status) return { kind: 'awaited' };
  if (!status.resourceClaimName) return { kind: 'none' };
  return { kind: 'claim', name: status.resourceClaimName, isGenerated: true };
}
