import type { Ingress, IngressClass, NetworkPolicy, ServiceCIDR } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { labelSelector, oneOf } from './field-checks.ts';
import { immutableDetail, invalidValue, requiredValue } from './field-errors.ts';
import { missingFields } from './required-fields.ts';

const pathTypes = ['Exact', 'Prefix', 'ImplementationSpecific'];

export const ingressStrategy: Strategy<Ingress> = {
  prepareForCreate(ingress) {
    ingress.status = { loadBalancer: {} };
  },
  validate({ spec }) {
    const errors: FieldError[] = [...missingFields('V1IngressSpec', spec, 'spec')];
    if (!spec?.rules?.length && !spec?.defaultBackend)
      errors.push(invalidValue('spec', spec ?? {}, 'either `defaultBackend` or `rules` must be specified'));
    for (const [at, rule] of (spec?.rules ?? []).entries()) {
      for (const [n, path] of (rule.http?.paths ?? []).entries()) {
        const field = `spec.rules[${at}].http.paths[${n}]`;
        errors.push(...oneOf(`${field}.pathType`, path.pathType, pathTypes));
        if (path.pathType !== 'ImplementationSpecific' && !path.path?.startsWith('/'))
          errors.push(invalidValue(`${field}.path`, path.path ?? '', 'must be an absolute path'));
      }
    }
    return errors;
  },
};

export const ingressClassStrategy: Strategy<IngressClass> = {
  validate: ({ spec }) => (spec?.controller ? [] : [requiredValue('spec.controller')]),
  validateUpdate: ({ spec }, old) =>
    spec?.controller === old.spec?.controller
      ? []
      : [invalidValue('spec.controller', spec?.controller, immutableDetail)],
};

export const networkPolicyStrategy: Strategy<NetworkPolicy> = {
  default({ spec }) {
    if (!spec) return;
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress ? ['Ingress', 'Egress'] : ['Ingress'];
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  },
  validate({ spec }) {
    const errors: FieldError[] = [];
    if (spec?.podSelector) errors.push(...labelSelector('spec.podSelector', spec.podSelector));
    for (const [at, type] of (spec?.policyTypes ?? []).entries())
      errors.push(...oneOf(`spec.policyTypes[${at}]`, type, ['Ingress', 'Egress']));
    return errors;
  },
};

export const serviceCidrStrategy: Strategy<ServiceCIDR> = {
  prepareForCreate(cidr) {
    cidr.status = {};
  },
  validate: ({ spec }) => (spec?.cidrs?.length ? [] : [requiredValue('spec.cidrs', 'at least one CIDR required')]),
};
