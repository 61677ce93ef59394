import type {
  APIService,
  CertificateSigningRequest,
  ClusterRole,
  ClusterRoleBinding,
  CoreEvent,
  Lease,
  Namespace,
  Node,
  Role,
  RoleBinding,
  ServiceAccount,
} from '../../../lib/kube/types.ts';
import { ageColumn, ageOf, column, humanDuration, nameColumn, type Column } from './column.ts';

export const namespaceColumns: readonly Column[] = [
  nameColumn,
  column<Namespace>('Status', (one) => one.status?.phase ?? '', { description: 'The status of the namespace' }),
  ageColumn,
];

export const nodeColumns: readonly Column[] = [
  nameColumn,
  column<Node>('Status', nodeStatus, { description: 'The status of the node' }),
  column<Node>('Roles', nodeRoles, { description: 'The roles of the node' }),
  ageColumn,
  column<Node>('Version', (one) => one.status?.nodeInfo?.kubeletVersion ?? ''),
  column<Node>('Internal-IP', (one) => addressOf(one, 'InternalIP'), { wide: true }),
  column<Node>('External-IP', (one) => addressOf(one, 'ExternalIP'), { wide: true }),
  column<Node>('OS-Image', (one) => one.status?.nodeInfo?.osImage || '<unknown>', { wide: true }),
  column<Node>('Kernel-Version', (one) => one.status?.nodeInfo?.kernelVersion || '<unknown>', { wide: true }),
  column<Node>('Container-Runtime', (one) => one.status?.nodeInfo?.containerRuntimeVersion || '<unknown>', {
    wide: true,
  }),
];

function nodeStatus(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const words = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'];
  if (node.spec?.unschedulable) words.push('SchedulingDisabled');
  return words.join(',');
}

const ROLE_PREFIX = 'node-role.kubernetes.io/';

function nodeRoles(node: Node): string {
  const labels = node.metadata?.labels ?? {};
  const roles = Object.keys(labels)
    .filter((key) => key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length)
    .map((key) => key.slice(ROLE_PREFIX.length));
  const named = labels['kubernetes.io/role'];
  if (named) roles.push(named);
  return roles.sort().join(',') || '<none>';
}

function addressOf(node: Node, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address ?? '<none>';
}

export const serviceAccountColumns: readonly Column[] = [
  nameColumn,
  column<ServiceAccount>('Secrets', (one) => one.secrets?.length ?? 0, { type: 'integer' }),
  ageColumn,
];

export const leaseColumns: readonly Column[] = [
  nameColumn,
  column<Lease>('Holder', (one) => one.spec?.holderIdentity ?? ''),
  ageColumn,
];

export const roleColumns: readonly Column[] = [
  nameColumn,
  column<Role>('Created At', (one) => one.metadata?.creationTimestamp ?? ''),
];
export const clusterRoleColumns = roleColumns as readonly Column<ClusterRole>[];

type Binding = RoleBinding | ClusterRoleBinding;

export const roleBindingColumns: readonly Column[] = [
  nameColumn,
  column<Binding>('Role', (one) => `${one.roleRef.kind}/${one.roleRef.name}`),
  ageColumn,
  column<Binding>('Users', (one) => subjectsOf(one, 'User'), { wide: true }),
  column<Binding>('Groups', (one) => subjectsOf(one, 'Group'), { wide: true }),
  column<Binding>('ServiceAccounts', (one) => subjectsOf(one, 'ServiceAccount'), { wide: true }),
];

function subjectsOf(binding: Binding, kind: string): string {
  return (binding.subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map((subject) => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name))
    .join(', ');
}

export const eventColumns: readonly Column[] = [
  column<CoreEvent>('Last Seen', lastSeen),
  column<CoreEvent>('Type', (one) => one.type ?? ''),
  column<CoreEvent>('Reason', (one) => one.reason ?? ''),
  column<CoreEvent>('Object', (one) => objectName(one)),
  column<CoreEvent>('Subobject', (one) => one.involvedObject.fieldPath ?? '', { wide: true }),
  column<CoreEvent>('Source', (one) => sourceOf(one), { wide: true }),
  column<CoreEvent>('Message', (one) => (one.message ?? '').trim()),
  column<CoreEvent>('First Seen', (one, nowMs) => ageOf(one.firstTimestamp ?? one.eventTime, nowMs), { wide: true }),
  column<CoreEvent>('Count', (one) => one.series?.count ?? (one.count || 1), { type: 'integer', wide: true }),
  { ...nameColumn, priority: 1 },
];

function lastSeen(event: CoreEvent, nowMs: number): string {
  const first = event.firstTimestamp ?? event.eventTime;
  const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? first;
  const count = event.series?.count ?? event.count ?? 1;
  const age = ageOf(last, nowMs);
  return count > 1 && first !== undefined && last !== first ? `${age} (x${count} over ${ageOf(first, nowMs)})` : age;
}

function objectName({ involvedObject }: CoreEvent): string {
  const kind = (involvedObject.kind ?? '').toLowerCase();
  return involvedObject.name ? `${kind}/${involvedObject.name}` : kind;
}

function sourceOf(event: CoreEvent): string {
  const component = event.source?.component ?? event.reportingComponent ?? '';
  const host = event.source?.host ?? event.reportingInstance ?? '';
  return host ? `${component}, ${host}` : component;
}

export const customResourceDefinitionColumns: readonly Column[] = [
  nameColumn,
  { ...column('Created At', (object) => object.metadata?.creationTimestamp ?? ''), type: 'date' },
];

export const apiServiceColumns: readonly Column[] = [
  nameColumn,
  column<APIService>(
    'Service',
    ({ spec }) => (spec?.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local'),
    { description: 'The reference to the service that hosts this API endpoint.' },
  ),
  column<APIService>(
    'Available',
    ({ status }) => {
      const condition = status?.conditions?.find(({ type }) => type === 'Available');
      if (!condition) return 'Unknown';
      return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
    },
    { description: 'Whether this service is available.' },
  ),
  ageColumn,
];

export const certificateRequestColumns: readonly Column[] = [
  nameColumn,
  ageColumn,
  column<CertificateSigningRequest>('SignerName', (one) => one.spec?.signerName ?? ''),
  column<CertificateSigningRequest>('Requestor', (one) => one.spec?.username ?? ''),
  column<CertificateSigningRequest>('RequestedDuration', ({ spec }) =>
    spec?.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
  ),
  column<CertificateSigningRequest>('Condition', ({ status }) => {
    const types = (status?.conditions ?? []).map((condition) => condition.type);
    const said = ['Approved', 'Denied', 'Failed'].filter((type) => types.includes(type));
    return [...(said.length > 0 ? said : ['Pending']), ...(status?.certificate ? ['Issued'] : [])].join(',');
  }),
];
