import type { Service } from '../../../lib/kube/types.ts';

/** What a Service's type says about which of its other fields count. */

export type ServiceSpec = NonNullable<Service['spec']>;

/** It has a use for `externalTrafficPolicy`. */
export function isReachedFromOutside({ type, externalIPs = [] }: ServiceSpec): boolean {
  return type === 'NodePort' || type === 'LoadBalancer' || (type === 'ClusterIP' && externalIPs.length > 0);
}

/** Nodes answer for it at ports of theirs. */
export function hasNodePorts({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean {
  return type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);
}

/** A balancer asks nodes at a port of theirs whether they have endpoints. */
export function hasHealthCheckPort({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === 'LoadBalancer' && externalTrafficPolicy === 'Local';
}
