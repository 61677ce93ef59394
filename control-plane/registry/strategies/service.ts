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
    if (isExternal(spec.type)) spec.externalTrafficPolicy ||= 'Cluster';
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
  prepareForUpdate(service, old) {
    keepAllocations(service, old);
    dropFieldsOfOldType(service, old);
  },
  nameErrors: isDns1035Label,
  validate: ({ spec }) => (spec ? validateServiceSpec(spec) : [requiredValue('spec.ports')]),
  validateUpdate: ({ spec }, old) => (spec && old.spec ? validateServiceUpdate(spec, old.spec) : []),
};

function defaultPort(port: ServicePort): void {
  port.protocol ||= 'TCP';
  if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
}

/** Reached from outside of the cluster. */
function isExternal(type: string | undefined): boolean {
  return type === 'NodePort' || type === 'LoadBalancer';
}

/** What only the old type has goes when a client changes the type and leaves the rest as it was. */
function dropFieldsOfOldType({ spec }: Service, { spec: old }: Service): void {
  if (!spec || !old || spec.type === old.type) return;
  if (isExternal(old.type) && !isExternal(spec.type) && spec.externalTrafficPolicy === old.externalTrafficPolicy) {
    delete spec.externalTrafficPolicy;
  }
  if (old.type !== 'LoadBalancer') return;
  delete spec.allocateLoadBalancerNodePorts;
  if (spec.loadBalancerClass === old.loadBalancerClass) delete spec.loadBalancerClass;
}

/** Addresses and ports that the server chose stay when an update does not name them, as manifests do not. */
function keepAllocations({ spec }: Service, { spec: old }: Service): void {
  if (!spec || !old || spec.type === 'ExternalName' || old.type === 'ExternalName') return;
  if (!spec.clusterIP && !spec.clusterIPs?.length && old.clusterIP) {
    spec.clusterIP = old.clusterIP;
    spec.clusterIPs = [...(old.clusterIPs ?? [old.clusterIP])];
  }
  if (!isExternal(spec.type) || !isExternal(old.type)) return;
  for (const port of spec.ports ?? []) {
    const before = old.ports?.find((one) => one.port === port.port && one.protocol === (port.protocol || 'TCP'));
    if (before?.nodePort && !port.nodePort) port.nodePort = before.nodePort;
  }
}
