import { isDns1035Label } from '../../../lib/kube/name-rules.ts';
import type { Service, ServicePort } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';
import { requiredValue } from './field-errors.ts';
import { loadBalancerErrors } from './load-balancer-status.ts';
import { hasHealthCheckPort, hasNodePorts, isReachedFromOutside, type ServiceSpec } from './service-traits.ts';
import { validateServiceSpec, validateServiceUpdate } from './service-validation.ts';

/** How long a client stays with a pod when `sessionAffinity` is `ClientIP`. */
const AFFINITY_SECONDS = 10_800;

export const serviceStrategy: Strategy<Service> = {
  default(service) {
    service.spec ??= {};
    const { spec, status } = service;
    for (const entry of status?.loadBalancer?.ingress ?? []) if (entry.ip) entry.ipMode ??= 'VIP';
    spec.type ||= 'ClusterIP';
    spec.sessionAffinity ||= 'None';
    if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
    else if (spec.sessionAffinity === 'ClientIP') {
      spec.sessionAffinityConfig ??= {};
      spec.sessionAffinityConfig.clientIP ??= {};
      spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= AFFINITY_SECONDS;
    }
    for (const port of spec.ports ?? []) defaultPort(port);
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') spec.externalTrafficPolicy ||= 'Cluster';
    if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
    if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  },
  prepareForCreate(service) {
    service.status = { loadBalancer: {} };
    if (service.spec) chooseFamilies(service.spec);
  },
  prepareForUpdate(service, old) {
    if (!service.spec || !old.spec) return;
    keepAllocations(service.spec, old.spec);
    chooseFamilies(service.spec);
    dropFieldsOfOldType(service.spec, old.spec);
  },
  warnings: ({ spec }) =>
    spec?.externalIPs?.length
      ? ['spec.externalIPs is deprecated and may no longer be implemented in some clusters']
      : [],
  nameErrors: isDns1035Label,
  validate: ({ spec }, old) => (spec ? validateServiceSpec(spec, old?.spec) : [requiredValue('spec.ports')]),
  validateUpdate: ({ spec }, old) => (spec && old.spec ? validateServiceUpdate(spec, old.spec) : []),
  validateStatusUpdate: ({ status }, old) =>
    loadBalancerErrors(status?.loadBalancer?.ingress, old.status?.loadBalancer?.ingress),
};

function defaultPort(port: ServicePort): void {
  port.port ??= 0;
  port.protocol ||= 'TCP';
  if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
}

/** A cluster has addresses of one family. What a headless Service without a selector names may have any: its endpoints are its owner's business. */
function chooseFamilies(spec: ServiceSpec): void {
  if (spec.type === 'ExternalName') return;
  const isSelective = Object.keys(spec.selector ?? {}).length > 0;
  const isAnyFamily = spec.clusterIP === 'None' && !isSelective && spec.ipFamilyPolicy === undefined;
  spec.ipFamilyPolicy ??= isAnyFamily ? 'RequireDualStack' : 'SingleStack';
  if (!spec.ipFamilies?.length) spec.ipFamilies = isAnyFamily ? ['IPv4', 'IPv6'] : ['IPv4'];
}

/** What only the old type has goes when a client changes the type and leaves the rest as it was. */
function dropFieldsOfOldType(spec: ServiceSpec, old: ServiceSpec): void {
  if (
    isReachedFromOutside(old) &&
    !isReachedFromOutside(spec) &&
    spec.externalTrafficPolicy === old.externalTrafficPolicy
  ) {
    delete spec.externalTrafficPolicy;
  }
  if (hasHealthCheckPort(old) && !hasHealthCheckPort(spec) && spec.healthCheckNodePort === old.healthCheckNodePort) {
    delete spec.healthCheckNodePort;
  }
  if (hasNodePorts(old) && !hasNodePorts(spec)) dropNodePorts(spec, old);
  if (old.type !== 'LoadBalancer' || spec.type === 'LoadBalancer') return;
  delete spec.allocateLoadBalancerNodePorts;
  if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass;
}

function dropNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  const before = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
  for (const port of spec.ports ?? []) if (before.has(port.nodePort)) delete port.nodePort;
}

/** Addresses and ports that the server chose stay when an update does not name them, as manifests do not. */
function keepAllocations(spec: ServiceSpec, old: ServiceSpec): void {
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  if (!spec.clusterIP && !spec.clusterIPs?.length && old.clusterIP) {
    spec.clusterIP = old.clusterIP;
    spec.clusterIPs = [...(old.clusterIPs ?? [old.clusterIP])];
  }
  spec.ipFamilyPolicy ??= old.ipFamilyPolicy;
  if (!spec.ipFamilies?.length && old.ipFamilies) spec.ipFamilies = [...old.ipFamilies];
  if (hasHealthCheckPort(spec) && hasHealthCheckPort(old)) {
    spec.healthCheckNodePort ||= old.healthCheckNodePort;
  }
  if (!hasNodePorts(spec) || !hasNodePorts(old)) return;
  for (const port of spec.ports ?? []) {
    const before = old.ports?.find((one) => one.port === port.port && one.protocol === (port.protocol || 'TCP'));
    if (before?.nodePort && !port.nodePort) port.nodePort = before.nodePort;
  }
}
