import { isDeepStrictEqual } from 'node:util';
import type { Endpoints, Service } from '../../../lib/kube/types.ts';
import { isHeadless, type PodEndpoint, type PortGroup } from './service-endpoints.ts';
import { headlessLabel } from './slice-plan.ts';

/** Addresses in an Endpoints object at most; beyond, the list is cut and says so. Upstream's bound. */
const MAX_ADDRESSES = 1000;
/** Says that an Endpoints object is this controller's, not a person's. */
export const endpointsManagedByLabel = 'endpoints.kubernetes.io/managed-by';
export const endpointsManager = 'endpoint-controller';
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity';

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];

/**
 * The Endpoints object of a service, for clients that do not read slices: ready and not-ready addresses by ports. Terminating pods are left out.
 * `undefined` when `existing` says it already.
 */
export function planEndpointsObject(
  service: Service,
  groups: readonly PortGroup[],
  existing: Endpoints | undefined,
): Endpoints | undefined {
  let left = MAX_ADDRESSES;
  let cut = false;
  const subsets = groups.flatMap((group): Subset[] => {
    const all = group.endpoints.filter(({ pod }) => pod.metadata?.deletionTimestamp === undefined);
    const taken = all.slice(0, left);
    left -= taken.length;
    cut ||= taken.length < all.length;
    if (taken.length === 0) return [];
    const ready = taken.filter(({ endpoint }) => endpoint.conditions?.ready === true).map(addressOf);
    const notReady = taken.filter(({ endpoint }) => endpoint.conditions?.ready !== true).map(addressOf);
    return [
      {
        ...(ready.length > 0 ? { addresses: ready } : {}),
        ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
        ports: group.ports.map(({ name, port, protocol, appProtocol }) => ({
          ...(name ? { name } : {}),
          port: port ?? 0,
          protocol: protocol ?? 'TCP',
          ...(appProtocol === undefined ? {} : { appProtocol }),
        })),
      },
    ];
  });
  const labels: Record<string, string> = {
    ...service.metadata?.labels,
    [endpointsManagedByLabel]: endpointsManager,
    ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
  };
  const { [overCapacityAnnotation]: _, ...others } = existing?.metadata?.annotations ?? {};
  const annotations: Record<string, string> = cut ? { ...others, [overCapacityAnnotation]: 'truncated' } : others;
  const unchanged =
    existing &&
    isDeepStrictEqual(normal(existing.subsets), normal(subsets)) &&
    isDeepStrictEqual({ ...existing.metadata?.labels }, labels) &&
    isDeepStrictEqual({ ...existing.metadata?.annotations }, annotations);
  if (unchanged) return undefined;
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      ...existing?.metadata,
      name: service.metadata?.name,
      namespace: service.metadata?.namespace,
      labels,
      ...(Object.keys(annotations).length > 0 || existing ? { annotations } : {}),
    },
    subsets,
  };
}

function addressOf({ endpoint, pod }: PodEndpoint): Address {
  return {
    ip: endpoint.addresses[0] ?? '',
    ...(endpoint.hostname ? { hostname: endpoint.hostname } : {}),
    ...(endpoint.nodeName ? { nodeName: endpoint.nodeName } : {}),
    targetRef: { kind: 'Pod', namespace: pod.metadata?.namespace, name: pod.metadata?.name, uid: pod.metadata?.uid },
  };
}

/** Comparable whatever the order of subsets and addresses. */
function normal(subsets: readonly Subset[] | undefined): unknown {
  const addresses = (list: readonly Address[] | undefined) =>
    (list ?? [])
      .map(({ ip, hostname, nodeName, targetRef }) => [ip, hostname, nodeName, targetRef?.uid].join(' '))
      .sort();
  return (subsets ?? [])
    .map((subset) =>
      JSON.stringify([
        addresses(subset.addresses),
        addresses(subset.notReadyAddresses),
        (subset.ports ?? []).map(({ name, port, protocol, appProtocol }) => [
          name ?? '',
          port,
          protocol ?? 'TCP',
          appProtocol ?? '',
        ]),
      ]),
    )
    .sort();
}
