import {
  configMaps,
  deployments,
  endpoints,
  endpointSlices,
  events,
  horizontalPodAutoscalers,
  leases,
  nodes,
  namespaces,
  clusterRoleBindings,
  clusterRoles,
  pods,
  replicaSets,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
  type ResourceType,
} from '../../lib/kube/resources.ts';

/** Kinds whose objects live in a namespace and go with it, in the order in which they go: pods first, then what would make new ones, events last. */
export const namespacedKinds: readonly ResourceType[] = [
  pods,
  deployments,
  replicaSets,
  horizontalPodAutoscalers,
  services,
  endpointSlices,
  endpoints,
  configMaps,
  secrets,
  serviceAccounts,
  roleBindings,
  roles,
  leases,
  events,
];

/** Kinds that may own or be owned. Events refer to objects but belong to nobody. */
export const ownershipKinds: readonly ResourceType[] = [
  ...namespacedKinds.filter((kind) => kind !== events),
  namespaces,
  nodes,
  clusterRoles,
  clusterRoleBindings,
];
