import type { Service, ServicePort } from '../../../lib/kube/types.ts';
import { isDns1035Label } from '../../../lib/kube/name-rules.ts';
import type { Strategy } from '../strategy.ts';
import { requiredValue } from './field-errors.ts';
import { validateServiceSpec, validateServiceUpdate } from './service-validation.ts';

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
  prepareForUpdate: keepAllocations,
  nameErrors: isDns1035Label,
  validate: ({ spec }) => (spec ? validateServiceSpec(spec) : [requiredValue('spec.ports')]),
  validateUpdate: ({ spec }, old) => (spec && old.spec ? validateServiceUpdate(spec, old.spec) : []),
};

function defaultPort(port: ServicePort): void {
  port.protocol ||= 'TCP';
  if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
}

/** Addresses and ports that the server chose stay when an update does not name them, as manifests do not. */
function keepAllocations({ spec }: Service, { spec: old }: Service): void {
  if (!spec || !old || spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  if (!spec.clusterIP && !spec.clusterIPs?.length && old.clusterIP) {
    spec.clusterIP = old.clusterIP;
    spec.clusterIPs = [...(old.clusterIPs ?? [old.clusterIP])];
  }
  const hasNodePorts = (type: string | undefined) => type === 'NodePort' || type === 'LoadBalancer';
  if (!hasNodePorts(spec.type) || !hasNodePorts(old.type)) return;
  for (const port of spec.ports ?? []) {
    const before = old.ports?.find((one) => one.port === port.port && one.protocol === (port.protocol || 'TCP'));
    if (before?.nodePort && !port.nodePort) port.nodePort = before.nodePort;
  }
}
