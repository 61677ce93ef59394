import { isIP } from 'node:net';
import { isDns1123Label, isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { Service, ServicePort } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { ipAddress, labels, named, oneOf, portNumber, portNumberOrName, requiredOneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField, immutableDetail, invalidValue, requiredValue } from './field-errors.ts';

type ServiceSpec = NonNullable<Service['spec']>;

const MAX_AFFINITY_SECONDS = 86_400;

export function validateServiceSpec(spec: ServiceSpec): readonly FieldError[] {
  const isHeadless = spec.clusterIP === 'None';
  const isExternalName = spec.type === 'ExternalName';
  const errors: FieldError[] = [
    ...requiredOneOf('spec.type', spec.type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort']),
    ...labels('spec.selector', spec.selector),
    ...requiredOneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']),
    ...oneOf('spec.externalTrafficPolicy', spec.externalTrafficPolicy, ['Cluster', 'Local']),
    ...oneOf('spec.internalTrafficPolicy', spec.internalTrafficPolicy, ['Cluster', 'Local']),
    ...(spec.externalIPs ?? []).flatMap((ip, index) => ipAddress(`spec.externalIPs[${index}]`, ip)),
    ...validatePorts(spec.ports ?? [], spec.type ?? ''),
  ];
  if (
    spec.externalTrafficPolicy &&
    spec.type !== 'NodePort' &&
    spec.type !== 'LoadBalancer' &&
    !spec.externalIPs?.length
  ) {
    const detail = 'may only be set for externally-accessible services';
    errors.push(invalidValue('spec.externalTrafficPolicy', spec.externalTrafficPolicy, detail));
  }
  if ((spec.ports ?? []).length === 0 && !isHeadless && !isExternalName) errors.push(requiredValue('spec.ports'));
  if (isExternalName) {
    const name = spec.externalName?.replace(/\.$/, '');
    errors.push(...named('spec.externalName', name, isDns1123Subdomain));
    if (spec.clusterIP) errors.push(forbiddenField('spec.clusterIPs[0]', 'may not be set for ExternalName services'));
  } else if (isHeadless) {
    if (spec.type !== 'ClusterIP') {
      const detail = `may not be set to 'None' for ${spec.type} services`;
      errors.push(invalidValue('spec.clusterIPs[0]', 'None', detail));
    }
  } else if (spec.clusterIP && isIP(spec.clusterIP) === 0) {
    errors.push(
      invalidValue(
        'spec.clusterIPs[0]',
        spec.clusterIP,
        'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      ),
    );
  }
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (seconds !== undefined && (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS)) {
    const detail = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
    errors.push(invalidValue('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, detail));
  }
  return errors;
}

/** The address of a Service stays as long as it has one. */
export function validateServiceUpdate(spec: ServiceSpec, old: ServiceSpec): readonly FieldError[] {
  if (old.type === 'ExternalName' || spec.type === 'ExternalName') return [];
  if (!old.clusterIP || spec.clusterIP === old.clusterIP) return [];
  return [
    invalidValue('spec.clusterIPs[0]', spec.clusterIPs ?? [spec.clusterIP], 'may not change once set'),
    ...(spec.clusterIP === undefined ? [] : [invalidValue('spec.clusterIP', spec.clusterIP, immutableDetail)]),
  ];
}

function validatePorts(ports: readonly ServicePort[], type: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  const numbers = new Set<string>();
  const mayHaveNodePorts = type === 'NodePort' || type === 'LoadBalancer';
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    if (port.name) {
      errors.push(...named(`${at}.name`, port.name, isDns1123Label));
      if (names.has(port.name)) errors.push(duplicateValue(`${at}.name`, port.name));
      names.add(port.name);
    } else if (ports.length > 1) errors.push(requiredValue(`${at}.name`));
    errors.push(
      ...portNumber(`${at}.port`, port.port),
      ...requiredOneOf(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
      ...portNumberOrName(`${at}.targetPort`, port.targetPort),
    );
    if (port.nodePort) {
      if (!mayHaveNodePorts) {
        errors.push(forbiddenField(`${at}.nodePort`, `may not be used when \`type\` is '${type}'`));
      } else errors.push(...portNumber(`${at}.nodePort`, port.nodePort));
    }
    const number = `${port.protocol}/${port.port}`;
    if (numbers.has(number)) errors.push(duplicateValue(at, { protocol: port.protocol, port: port.port }));
    numbers.add(number);
  }
  return errors;
}
