import { isIP } from 'node:net';
import { isDns1123Subdomain, isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { FieldError } from '../strategy.ts';
import { cidr, ipAddress, reachableAddress } from './addresses.ts';
import { labels, named, oneOf, portNumber, requiredOneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField, immutableDetail, invalidValue, requiredValue } from './field-errors.ts';
import { validateServicePorts } from './service-port-validation.ts';
import { hasHealthCheckPort, isReachedFromOutside, type ServiceSpec } from './service-traits.ts';

const MAX_AFFINITY_SECONDS = 86_400;

const policies = ['Cluster', 'Local'];
const onlyForBalancers = "may only be used when `type` is 'LoadBalancer'";
const onceSetDetail = 'may not change once set';

export function validateServiceSpec(spec: ServiceSpec, old?: ServiceSpec): readonly FieldError[] {
  const isHeadless = spec.clusterIP === 'None';
  const isExternalName = spec.type === 'ExternalName';
  const ports = spec.ports ?? [];
  return [
    ...(ports.length === 0 && !isHeadless && !isExternalName ? [requiredValue('spec.ports')] : []),
    ...validateServicePorts(ports, spec.type ?? ''),
    ...requiredOneOf('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    ...labels('spec.selector', spec.selector),
    ...validateAffinity(spec),
    ...oneOf('spec.internalTrafficPolicy', spec.internalTrafficPolicy, policies),
    ...validateFamilies(spec),
    ...(spec.externalIPs ?? []).flatMap((ip, index) =>
      reachableAddress(`spec.externalIPs[${index}]`, ip, old?.externalIPs),
    ),
    ...validateExternalTraffic(spec),
    ...validateBalancer(spec, old?.loadBalancerSourceRanges),
    ...(isExternalName ? validateExternalName(spec) : validateClusterAddress(spec)),
  ];
}

/** The address of a Service stays as long as it has one, and so does the class of its balancer. */
export function validateServiceUpdate(spec: ServiceSpec, old: ServiceSpec): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (old.type === 'LoadBalancer' && spec.type === 'LoadBalancer') {
    const { loadBalancerClass } = spec;
    if (loadBalancerClass !== old.loadBalancerClass)
      errors.push(invalidValue('spec.loadBalancerClass', loadBalancerClass, onceSetDetail));
    if (loadBalancerClass !== undefined) errors.push(...balancerClass(loadBalancerClass));
  }
  if (hasHealthCheckPort(spec) && hasHealthCheckPort(old) && spec.healthCheckNodePort !== old.healthCheckNodePort)
    errors.push(forbiddenField('spec.healthCheckNodePort', immutableDetail));
  if (old.type === 'ExternalName' || spec.type === 'ExternalName') return errors;
  if (!old.clusterIP || spec.clusterIP === old.clusterIP || isNoAddress(spec.clusterIP)) return errors;
  return [
    ...errors,
    invalidValue('spec.clusterIPs[0]', spec.clusterIPs ?? [spec.clusterIP], onceSetDetail),
    ...(spec.clusterIP === undefined ? [] : [invalidValue('spec.clusterIP', spec.clusterIP, immutableDetail)]),
  ];
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): readonly FieldError[] {
  const seconds = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const isInRange = seconds === undefined || (seconds > 0 && seconds <= MAX_AFFINITY_SECONDS);
  const detail = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
  return [
    ...requiredOneOf('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None']),
    ...(isInRange ? [] : [invalidValue('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, detail)]),
  ];
}

function validateFamilies({ ipFamilyPolicy, ipFamilies = [] }: ServiceSpec): readonly FieldError[] {
  return [
    ...oneOf('spec.ipFamilyPolicy', ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']),
    ...ipFamilies.flatMap((family, index) => {
      const field = `spec.ipFamilies[${index}]`;
      return [
        ...oneOf(field, family, ['IPv4', 'IPv6']),
        ...(ipFamilies.indexOf(family) < index ? [duplicateValue(field, family)] : []),
      ];
    }),
  ];
}

function validateExternalTraffic(spec: ServiceSpec): readonly FieldError[] {
  const { externalTrafficPolicy: policy } = spec;
  if (!policy || isReachedFromOutside(spec)) return oneOf('spec.externalTrafficPolicy', policy, policies);
  const detail = 'may only be set for externally-accessible services';
  return [invalidValue('spec.externalTrafficPolicy', policy, detail)];
}

/** What counts for balancers of clouds only. */
function validateBalancer(spec: ServiceSpec, known: readonly string[] | undefined): readonly FieldError[] {
  const { loadBalancerSourceRanges: ranges = [], loadBalancerClass, healthCheckNodePort } = spec;
  const errors: FieldError[] = [];
  if (spec.type !== 'LoadBalancer') {
    if (ranges.length > 0) errors.push(forbiddenField('spec.LoadBalancerSourceRanges', onlyForBalancers));
    if (spec.allocateLoadBalancerNodePorts !== undefined)
      errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', onlyForBalancers));
    if (loadBalancerClass !== undefined) errors.push(forbiddenField('spec.loadBalancerClass', onlyForBalancers));
  } else {
    errors.push(
      ...ranges.flatMap((range, index) => cidr(`spec.LoadBalancerSourceRanges[${index}]`, range.trim(), known)),
    );
    if (loadBalancerClass !== undefined) errors.push(...balancerClass(loadBalancerClass));
  }
  if (!healthCheckNodePort) return errors;
  if (hasHealthCheckPort(spec)) return [...errors, ...portNumber('spec.healthCheckNodePort', healthCheckNodePort)];
  const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return [...errors, invalidValue('spec.healthCheckNodePort', healthCheckNodePort, detail)];
}

function balancerClass(name: string): readonly FieldError[] {
  return isQualifiedName(name).map((detail) => invalidValue('spec.loadBalancerClass', name, detail));
}

function validateExternalName({ externalName, clusterIP }: ServiceSpec): readonly FieldError[] {
  const isForbidden = clusterIP !== undefined && clusterIP !== '';
  return [
    ...named('spec.externalName', externalName?.replace(/\.$/, ''), isDns1123Subdomain),
    ...(isForbidden ? [forbiddenField('spec.clusterIPs[0]', 'may not be set for ExternalName services')] : []),
  ];
}

function validateClusterAddress({ type, clusterIP }: ServiceSpec): readonly FieldError[] {
  if (clusterIP === 'None' && (type === 'NodePort' || type === 'LoadBalancer'))
    return [invalidValue('spec.clusterIPs[0]', clusterIP, `may not be set to 'None' for ${type} services`)];
  return clusterIP && isNoAddress(clusterIP) ? ipAddress('spec.clusterIPs[0]', clusterIP) : [];
}

function isNoAddress(clusterIP: string | undefined): boolean {
  return Boolean(clusterIP) && clusterIP !== 'None' && isIP(clusterIP ?? '') === 0;
}
