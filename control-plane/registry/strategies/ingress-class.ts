import { isDns1123Label, isDns1123Subdomain } from '../../../lib/kube/name-rules.ts';
import type { IngressClass } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { domainPrefixedPath, follows, oneOf } from './field-checks.ts';
import { forbiddenField, immutableDetail, invalidValue, requiredValue, tooLong } from './field-errors.ts';

type Parameters = NonNullable<NonNullable<IngressClass['spec']>['parameters']>;

const MAX_CONTROLLER_BYTES = 250;

export const ingressClassStrategy: Strategy<IngressClass> = {
  default({ spec }) {
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
  },
  validate: ({ spec }) => [
    ...validateController(spec?.controller ?? ''),
    ...(spec?.parameters ? validateParameters(spec.parameters, 'spec.parameters') : []),
  ],
  validateUpdate: ({ spec }, old) =>
    spec?.controller === old.spec?.controller
      ? []
      : [invalidValue('spec.controller', spec?.controller ?? '', immutableDetail)],
};

function validateController(controller: string): readonly FieldError[] {
  const field = 'spec.controller';
  if (controller === '') return [requiredValue(field)];
  return [
    ...(Buffer.byteLength(controller) > MAX_CONTROLLER_BYTES ? [tooLong(field, MAX_CONTROLLER_BYTES)] : []),
    ...domainPrefixedPath(field, controller),
  ];
}

function validateParameters({ apiGroup, kind, name, scope, namespace }: Parameters, at: string): readonly FieldError[] {
  return [
    ...follows(`${at}.apiGroup`, apiGroup, isDns1123Subdomain),
    ...(kind ? [] : [requiredValue(`${at}.kind`)]),
    ...(name ? [] : [requiredValue(`${at}.name`)]),
    ...oneOf(`${at}.scope`, scope, ['Cluster', 'Namespace']),
    ...validateNamespace(`${at}.namespace`, scope, namespace),
  ];
}

function validateNamespace(field: string, scope: string | undefined, namespace: string | undefined) {
  if (scope === 'Namespace') {
    if (namespace === undefined) return [requiredValue(field, "`parameters.scope` is set to 'Namespace'")];
    return isDns1123Label(namespace).map((detail) => invalidValue(field, namespace, detail));
  }
  const isForbidden = scope === 'Cluster' && namespace !== undefined;
  return isForbidden ? [forbiddenField(field, "`parameters.scope` is set to 'Cluster'")] : [];
}
