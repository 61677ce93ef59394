import type { Service, ServicePort } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

/** How long a client stays with a pod when `sessionAffinity` is `ClientIP`. */
const AFFINITY_SECONDS = 10_800;

export const serviceStrategy: Strategy<Service> = {
  default(service) {
    service.spec ??= {};
    const { spec } = service;
    spec.type ||= 'ClusterIP';
    spec.sessionAffinity ||= 'None';
    if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
    else if (spec.sessionAffinity === 'ClientIP') {
      spec.sessionAffinityConfig ??= {};
      spec.sessionAffinityConfig.clientIP ??= {};
      spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= AFFINITY_SECONDS;
    }
    for (const port of spec.ports ?? []) defaultPort(port);
    const isExternal = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
    if (isExternal) spec.externalTrafficPolicy ||= 'Cluster';
    if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
    if (spec.type !== 'ExternalName') {
      spec.internalTrafficPolicy ||= 'Cluster';
      spec.ipFamilies ??= ['IPv4'];
      spec.ipFamilyPolicy ||= 'SingleStack';
    }
  },
  prepareForCreate(service) {
    service.status = { loadBalancer: {} };
  },
};

function defaultPort(port: ServicePort): void {
  port.protocol ||= 'TCP';
  if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
}
