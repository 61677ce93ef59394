import { isIP } from 'node:net';
import { isDns1123Label, isDns1123Subdomain, isPortName, isWildcardSubdomain } from '../../../lib/kube/name-rules.ts';
import type { Ingress } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { follows, named, oneOf, optionallyNamed, portNumber } from './field-checks.ts';
import { invalidValue, requiredValue } from './field-errors.ts';
import { loadBalancerErrors } from './load-balancer-status.ts';

type IngressSpec = NonNullable<Ingress['spec']>;
type Backend = NonNullable<IngressSpec['defaultBackend']>;
type Rule = NonNullable<IngressSpec['rules']>[number];
type Path = NonNullable<Rule['http']>['paths'][number];

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

export const ingressStrategy: Strategy<Ingress> = {
  prepareForCreate(ingress) {
    ingress.status = { loadBalancer: {} };
  },
  validate({ spec = {} }) {
    const { rules = [], tls = [], defaultBackend, ingressClassName } = spec;
    const errors: FieldError[] = [];
    if (rules.length === 0 && !defaultBackend)
      errors.push(invalidValue('spec', spec.rules, 'either `defaultBackend` or `rules` must be specified'));
    for (const [index, { hosts = [], secretName }] of tls.entries()) {
      const at = `spec.tls[${index}]`;
      errors.push(...hosts.flatMap((host, place) => validateHost(`${at}.hosts[${place}]`, host)));
      if (secretName) errors.push(...follows(`${at}.secretName`, secretName, isDns1123Subdomain));
    }
    errors.push(...rules.flatMap((rule, index) => validateRule(rule, `spec.rules[${index}]`)));
    if (defaultBackend) errors.push(...validateBackend(defaultBackend, 'spec.defaultBackend'));
    return [...errors, ...follows('spec.ingressClassName', ingressClassName, isDns1123Subdomain)];
  },
  validateStatusUpdate: ({ status }, old) =>
    loadBalancerErrors(status?.loadBalancer?.ingress, old.status?.loadBalancer?.ingress),
};

function validateRule({ host, http }: Rule, at: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (host && isIP(host) !== 0) errors.push(invalidValue(`${at}.host`, host, 'must be a DNS name, not an IP address'));
  else if (host) errors.push(...validateHost(`${at}.host`, host));
  if (!http) return errors;
  const paths = http.paths ?? [];
  if (paths.length === 0) return [...errors, requiredValue(`${at}.http.paths`)];
  return [...errors, ...paths.flatMap((path, index) => validatePath(path, `${at}.http.paths[${index}]`))];
}

function validateHost(field: string, host: string): readonly FieldError[] {
  if (!host.includes('*')) return follows(field, host, isDns1123Subdomain);
  return isWildcardSubdomain(host).map((detail) => invalidValue(field, host, detail));
}

function validatePath({ path = '', pathType, backend }: Path, at: string): readonly FieldError[] {
  if (pathType === undefined) return [requiredValue(`${at}.pathType`, 'pathType must be specified')];
  const mayBeEmpty = pathType !== 'Exact' && pathType !== 'Prefix';
  const isAbsolute = path.startsWith('/') || (path === '' && mayBeEmpty);
  return [
    ...oneOf(`${at}.pathType`, pathType, pathTypes),
    ...(isAbsolute ? [] : [invalidValue(`${at}.path`, path, 'must be an absolute path')]),
    ...validateBackend(backend ?? {}, `${at}.backend`),
  ];
}

function validateBackend({ service, resource }: Backend, at: string): readonly FieldError[] {
  if (service && resource) return [invalidValue(at, '', 'cannot set both resource and service backends')];
  if (resource) {
    return [
      ...(resource.kind ? [] : [requiredValue(`${at}.resource.kind`)]),
      ...(resource.name ? [] : [requiredValue(`${at}.resource.name`)]),
    ];
  }
  if (!service) return [invalidValue(at, '', 'resource or service backend is required')];
  const { name, number } = service.port ?? {};
  const errors: FieldError[] = [...named(`${at}.service.name`, service.name, isDns1123Label)];
  if (name && number) return [...errors, invalidValue(at, '', 'cannot set both port name & port number')];
  if (!name && !number) return [...errors, requiredValue(at, 'port name or number is required')];
  return [
    ...errors,
    ...optionallyNamed(`${at}.service.port.name`, name, isPortName),
    ...(number ? portNumber(`${at}.service.port.number`, number) : []),
  ];
}
