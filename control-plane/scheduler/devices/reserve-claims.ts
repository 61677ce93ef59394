import type { KubeClient } from '../../../lib/kube/client.ts';
import { meantClaimOf } from '../../../lib/kube/device-claims.ts';
import { resourceClaims } from '../../../lib/kube/resources.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import type { DeviceView } from './pod-device-claims.ts';

/**
 * Writes the pod into each of its claims before it is bound, so that nobody frees the devices under it. Tied to the revisions that the decision was made on: 409 when
 * somebody else was faster. Repeated from wherever it was broken off.
 */
export async function reserveClaims(
  client: KubeClient,
  devices: DeviceView,
  pod: Pod,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '', name = '', uid = '' } = pod.metadata ?? {};
  for (const entry of pod.spec?.resourceClaims ?? []) {
    const meant = meantClaimOf(pod, entry);
    const claim = meant.kind === 'claim' ? devices.claim(namespace, meant.name) : undefined;
    if (!claim) continue;
    const consumers = claim.status?.reservedFor ?? [];
    if (consumers.some((consumer) => consumer.uid === uid)) continue;
    const status = { ...claim.status, reservedFor: [...consumers, { resource: 'pods', name, uid }] };
    await client.update(resourceClaims, { ...claim, status }, { subresource: 'status' }, signal);
  }
}
