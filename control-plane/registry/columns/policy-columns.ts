import type {
  Ingress,
  IngressClass,
  LimitRange,
  MutatingWebhookConfiguration,
  NetworkPolicy,
  PodDisruptionBudget,
  PodTemplate,
  PriorityClass,
  ResourceQuota,
  RuntimeClass,
  ServiceCIDR,
  MutatingAdmissionPolicy,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhookConfiguration,
} from '../../../lib/kube/types.ts';
import { ageColumn, column, nameColumn, type Column } from './column.ts';
import { selectorText } from './workload-columns.ts';

/** Hosts shown before the rest is counted. */
const MAX_HOSTS = 3;

export const nameAndAge: readonly Column[] = [nameColumn, ageColumn];

export const ingressColumns: readonly Column[] = [
  nameColumn,
  column<Ingress>('Class', (one) => one.spec?.ingressClassName ?? '<none>'),
  column<Ingress>('Hosts', (one) => hostsOf(one)),
  column<Ingress>('Address', (one) =>
    (one.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '').join(','),
  ),
  column<Ingress>('Ports', (one) => (one.spec?.tls?.length ? '80, 443' : '80')),
  ageColumn,
];

export const ingressClassColumns: readonly Column[] = [
  nameColumn,
  column<IngressClass>('Controller', (one) => one.spec?.controller ?? ''),
  column<IngressClass>('Parameters', ({ spec }) => {
    const { kind, name, apiGroup } = spec?.parameters ?? {};
    return kind ? `${kind}${apiGroup ? `.${apiGroup}` : ''}/${name}` : '<none>';
  }),
  ageColumn,
];

export const networkPolicyColumns: readonly Column[] = [
  nameColumn,
  column<NetworkPolicy>('Pod-Selector', (one) => selectorText(one.spec?.podSelector)),
  ageColumn,
];

export const serviceCidrColumns: readonly Column[] = [
  nameColumn,
  column<ServiceCIDR>('CIDRs', (one) => (one.spec?.cidrs ?? []).join(',')),
  ageColumn,
];

export const podDisruptionBudgetColumns: readonly Column[] = [
  nameColumn,
  column<PodDisruptionBudget>('Min Available', (one) => String(one.spec?.minAvailable ?? 'N/A')),
  column<PodDisruptionBudget>('Max Unavailable', (one) => String(one.spec?.maxUnavailable ?? 'N/A')),
  column<PodDisruptionBudget>('Allowed Disruptions', (one) => one.status?.disruptionsAllowed ?? 0, { type: 'integer' }),
  ageColumn,
];

export const limitRangeColumns: readonly Column[] = [
  nameColumn,
  { ...column<LimitRange>('Created At', (one) => one.metadata?.creationTimestamp ?? ''), type: 'date' },
];

export const resourceQuotaColumns: readonly Column[] = [
  nameColumn,
  column<ResourceQuota>('Request', (one) => usageOf(one, (name) => !name.startsWith('limits.'))),
  column<ResourceQuota>('Limit', (one) => usageOf(one, (name) => name.startsWith('limits.'))),
  ageColumn,
];

export const priorityClassColumns: readonly Column[] = [
  nameColumn,
  column<PriorityClass>('Value', (one) => one.value ?? 0, { type: 'integer' }),
  column<PriorityClass>('Global-Default', (one) => one.globalDefault ?? false, { type: 'boolean' }),
  ageColumn,
  column<PriorityClass>('PreemptionPolicy', (one) => one.preemptionPolicy ?? ''),
];

export const runtimeClassColumns: readonly Column[] = [
  nameColumn,
  column<RuntimeClass>('Handler', (one) => one.handler),
  ageColumn,
];

export const webhookColumns: readonly Column[] = [
  nameColumn,
  column<MutatingWebhookConfiguration | ValidatingWebhookConfiguration>(
    'Webhooks',
    (one) => one.webhooks?.length ?? 0,
    { type: 'integer' },
  ),
  ageColumn,
];

export const admissionPolicyColumns: readonly Column[] = [
  nameColumn,
  column<ValidatingAdmissionPolicy>('Validations', (one) => one.spec?.validations?.length ?? 0, { type: 'integer' }),
  column<ValidatingAdmissionPolicy>('ParamKind', ({ spec }) =>
    spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : '<unset>',
  ),
  ageColumn,
];

export const mutatingPolicyColumns: readonly Column[] = [
  nameColumn,
  column<MutatingAdmissionPolicy>('Mutations', (one) => one.spec?.mutations?.length ?? 0, { type: 'integer' }),
  column<MutatingAdmissionPolicy>('ParamKind', ({ spec }) =>
    spec?.paramKind ? `${spec.paramKind.apiVersion}/${spec.paramKind.kind}` : '<unset>',
  ),
  ageColumn,
];

export const admissionPolicyBindingColumns: readonly Column[] = [
  nameColumn,
  column<ValidatingAdmissionPolicyBinding>('PolicyName', (one) => one.spec?.policyName ?? ''),
  column<ValidatingAdmissionPolicyBinding>('ParamRef', ({ spec }) => {
    const { namespace, name } = spec?.paramRef ?? {};
    if (!spec?.paramRef) return '<unset>';
    return namespace ? `${namespace}/${name ?? '*'}` : (name ?? '*');
  }),
  ageColumn,
];

export const podTemplateColumns: readonly Column[] = [
  nameColumn,
  column<PodTemplate>('Containers', (one) => (one.template?.spec?.containers ?? []).map(({ name }) => name).join(',')),
  column<PodTemplate>('Images', (one) =>
    (one.template?.spec?.containers ?? []).map(({ image }) => image ?? '').join(','),
  ),
  column<PodTemplate>('Pod Labels', (one) => {
    const labels = Object.entries(one.template?.metadata?.labels ?? {}).map(([name, value]) => `${name}=${value}`);
    return labels.join(',') || '<none>';
  }),
];

function hostsOf({ spec }: Ingress): string {
  const hosts = [...new Set((spec?.rules ?? []).map((rule) => rule.host ?? '').filter((host) => host !== ''))];
  if (hosts.length === 0) return '*';
  const more = hosts.length > MAX_HOSTS ? ` + ${hosts.length - MAX_HOSTS} more...` : '';
  return hosts.slice(0, MAX_HOSTS).join(',') + more;
}

function usageOf({ spec, status }: ResourceQuota, isShown: (name: string) => boolean): string {
  const hard = status?.hard ?? spec?.hard ?? {};
  return Object.keys(hard)
    .filter(isShown)
    .sort()
    .map((name) => `${name}: ${status?.used?.[name] ?? '0'}/${hard[name]}`)
    .join(', ');
}
