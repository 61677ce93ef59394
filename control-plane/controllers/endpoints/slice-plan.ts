import { isDeepStrictEqual } from 'node:util';
import { controllerRef } from '../../../lib/kube/owner.ts';
import type { ResourceType } from '../../../lib/kube/resources.ts';
import type { EndpointSlice, KubeObject } from '../../../lib/kube/types.ts';
import { portsKey, type Endpoint, type EndpointPort } from './service-endpoints.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const headlessLabel = 'service.kubernetes.io/headless';

/** Endpoints in one slice at most, as upstream: what one change makes every watcher read. */
const MAX_ENDPOINTS_PER_SLICE = 100;

export type SliceAction = { readonly type: 'create' | 'update' | 'delete'; readonly slice: EndpointSlice };

/** What slices should say, and under whose name. */
export interface WantedSlices {
  readonly owner: KubeObject;
  readonly ownerResource: ResourceType;
  /** Value of `kubernetes.io/service-name`. */
  readonly serviceName: string;
  readonly managedBy: string;
  /** Further labels, from the service. */
  readonly labels: Readonly<Record<string, string>>;
  readonly groups: readonly { readonly ports: readonly EndpointPort[]; readonly endpoints: readonly Endpoint[] }[];
  readonly addressType: 'IPv4' | 'IPv6';
}

/**
 * Turns what there is into what is wanted with as few writes as possible: endpoints stay in the slice they are in, newcomers fill slices that are written anyway, then those
 * with room, then new ones. A service without endpoints keeps one empty slice.
 */
export function planSlices(wanted: WantedSlices, existing: readonly EndpointSlice[]): SliceAction[] {
  const usable = existing.filter(
    (slice) => slice.metadata?.deletionTimestamp === undefined && slice.addressType === wanted.addressType,
  );
  const wrongType = existing.filter((slice) => slice.addressType !== wanted.addressType);
  const groups = wanted.groups.length > 0 ? wanted.groups : [{ ports: [], endpoints: [] }];
  const byPorts = Map.groupBy(usable, (slice) => portsKey(slice.ports ?? []));
  const actions: SliceAction[] = wrongType.map((slice) => ({ type: 'delete', slice }));
  for (const group of groups) {
    const key = portsKey(group.ports);
    actions.push(...planGroup(wanted, group, byPorts.get(key) ?? []));
    byPorts.delete(key);
  }
  for (const slices of byPorts.values())
    actions.push(...slices.map((slice): SliceAction => ({ type: 'delete', slice })));
  return actions;
}

function planGroup(
  wanted: WantedSlices,
  group: WantedSlices['groups'][number],
  existing: readonly EndpointSlice[],
): SliceAction[] {
  const waiting = new Map(group.endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  const drafts = existing.map((slice) => {
    const kept: Endpoint[] = [];
    for (const before of slice.endpoints ?? []) {
      const after = waiting.get(identityOf(before));
      if (!after) continue;
      waiting.delete(identityOf(before));
      kept.push(after);
    }
    return { slice, endpoints: kept, changed: !sameEndpoints(slice.endpoints ?? [], kept) };
  });
  const newcomers = [...waiting.values()];
  const withRoom = drafts.toSorted((a, b) => Number(b.changed) - Number(a.changed));
  for (const draft of withRoom) {
    const room = MAX_ENDPOINTS_PER_SLICE - draft.endpoints.length;
    const added = newcomers.splice(0, Math.max(0, room));
    draft.endpoints.push(...added);
    draft.changed ||= added.length > 0;
  }
  const created: SliceAction[] = [];
  while (newcomers.length > 0 || drafts.length + created.length === 0) {
    const endpoints = newcomers.splice(0, MAX_ENDPOINTS_PER_SLICE);
    created.push({ type: 'create', slice: newSlice(wanted, group.ports, endpoints) });
  }
  // Empty slices go, but the last one of a service stays, so that "no endpoints" can be told from "not yet seen".
  const filled = drafts.filter(({ endpoints }) => endpoints.length > 0).length + created.length;
  let spare = filled === 0 ? 1 : 0;
  const changes = drafts.flatMap(({ slice, endpoints, changed }): SliceAction[] => {
    if (endpoints.length === 0 && spare-- <= 0) return [{ type: 'delete', slice }];
    const labels = labelsOf(wanted, slice);
    if (!changed && isDeepStrictEqual(labels, slice.metadata?.labels)) return [];
    return [{ type: 'update', slice: { ...slice, metadata: { ...slice.metadata, labels }, endpoints } }];
  });
  return [...changes, ...created];
}

function newSlice(wanted: WantedSlices, ports: readonly EndpointPort[], endpoints: Endpoint[]): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: `${wanted.serviceName}-`,
      namespace: wanted.owner.metadata?.namespace,
      labels: labelsOf(wanted, undefined),
      ownerReferences: [controllerRef(wanted.ownerResource, wanted.owner)],
    },
    addressType: wanted.addressType,
    endpoints,
    ports: [...ports],
  };
}

function labelsOf(wanted: WantedSlices, slice: EndpointSlice | undefined): Record<string, string> {
  const { [headlessLabel]: _, ...others } = slice?.metadata?.labels ?? {};
  return {
    ...others,
    ...wanted.labels,
    [serviceNameLabel]: wanted.serviceName,
    [managedByLabel]: wanted.managedBy,
  };
}

/** The pod it is, or the address where there is no pod. */
function identityOf(endpoint: Endpoint): string {
  return `${endpoint.targetRef?.uid ?? ''} ${endpoint.addresses[0] ?? ''}`;
}

function sameEndpoints(before: readonly Endpoint[], after: readonly Endpoint[]): boolean {
  return (
    before.length === after.length &&
    before.every((endpoint, index) => isDeepStrictEqual(plain(endpoint), plain(after[index])))
  );
}

/** Without members that are undefined or that the server adds. */
function plain(endpoint: Endpoint | undefined): unknown {
  return JSON.parse(
    JSON.stringify([
      endpoint?.addresses,
      endpoint?.conditions?.ready ?? true,
      endpoint?.conditions?.serving ?? true,
      endpoint?.conditions?.terminating ?? false,
      endpoint?.hostname,
      endpoint?.nodeName,
      endpoint?.zone,
      endpoint?.targetRef?.uid,
      endpoint?.targetRef?.name,
    ]),
  );
}
