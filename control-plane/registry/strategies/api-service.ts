import { isDns1035Label, isDns1123Subdomain, isPathSegment, isPortNumber } from '../../../lib/kube/name-rules.ts';
import type { APIService } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { invalidValue, requiredValue, unsupportedValue } from './field-errors.ts';

const HTTPS_PORT = 443;
const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;
const conditionStatuses = ['True', 'False', 'Unknown'];

/** What the status of an APIService says that this server answers itself. */
export function locallyAvailable(lastTransitionTime: string | undefined) {
  return {
    type: 'Available',
    status: 'True',
    reason: 'Local',
    message: 'Local APIServices are always available',
    ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }),
  };
}

export const apiServiceStrategy: Strategy<APIService> = {
  nameErrors: isPathSegment,
  default({ spec }) {
    if (spec?.service) spec.service.port ??= HTTPS_PORT;
  },
  prepareForCreate(apiService) {
    const { creationTimestamp } = apiService.metadata ?? {};
    apiService.status = apiService.spec?.service ? {} : { conditions: [locallyAvailable(creationTimestamp)] };
  },
  validate({ metadata, spec }) {
    const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0 } = spec ?? {};
    const errors: FieldError[] = [];
    const required = `${version}.${group}`;
    if (metadata?.name !== required)
      errors.push(
        invalidValue(
          'metadata.name',
          metadata?.name,
          `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(required)}`,
        ),
      );
    if (group === '' && version !== 'v1')
      errors.push(requiredValue('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
    if (group !== '')
      for (const detail of isDns1123Subdomain(group)) errors.push(invalidValue('spec.group', group, detail));
    for (const detail of isDns1035Label(version)) errors.push(invalidValue('spec.version', version, detail));
    if (groupPriorityMinimum <= 0 || groupPriorityMinimum > MAX_GROUP_PRIORITY)
      errors.push(
        invalidValue('spec.groupPriorityMinimum', groupPriorityMinimum, 'must be positive and less than 20000'),
      );
    if (versionPriority <= 0 || versionPriority > MAX_VERSION_PRIORITY)
      errors.push(invalidValue('spec.versionPriority', versionPriority, 'must be positive and less than 1000'));
    return [...errors, ...connectionErrors(spec)];
  },
  validateStatusUpdate: ({ status }) =>
    (status?.conditions ?? []).flatMap((condition, at) =>
      conditionStatuses.includes(condition.status)
        ? []
        : [unsupportedValue(`status.conditions[${at}].status`, condition.status ?? '', conditionStatuses)],
    ),
};

/** How the server behind the Service is reached; one that is not behind a Service is this one. */
function connectionErrors(spec: APIService['spec']): readonly FieldError[] {
  const { service, caBundle = '', insecureSkipTLSVerify = false } = spec ?? {};
  if (!service) {
    const bytes = `${Buffer.from(caBundle, 'base64').length} bytes`;
    return [
      ...(caBundle === '' ? [] : [invalidValue('spec.caBundle', bytes, 'local APIServices may not have a caBundle')]),
      ...(insecureSkipTLSVerify
        ? [invalidValue('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify')]
        : []),
    ];
  }
  const port = isPortNumber(service.port ?? HTTPS_PORT).join(',');
  return [
    ...(service.namespace ? [] : [requiredValue('spec.service.namespace')]),
    ...(service.name ? [] : [requiredValue('spec.service.name')]),
    ...(port === '' ? [] : [invalidValue('spec.service.port', service.port, `port is not valid: ${port}`)]),
    ...(insecureSkipTLSVerify && caBundle !== ''
      ? [invalidValue('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present')]
      : []),
  ];
}
