import type { ConfigMap, Endpoints, EndpointSlice, Secret, Service } from '../../../lib/kube/types.ts';
import { ageColumn, column, formatLabels, nameColumn, type Column } from './column.ts';

export const serviceColumns: readonly Column[] = [
  nameColumn,
  column<Service>('Type', (one) => one.spec?.type ?? ''),
  column<Service>(
    'Cluster-IP',
    (one) => one.spec?.clusterIP || (one.spec?.type === 'ExternalName' ? '<none>' : '<none>'),
  ),
  column<Service>('External-IP', externalIP),
  column<Service>('Port(s)', portsOf),
  ageColumn,
  column<Service>('Selector', (one) => formatLabels(one.spec?.selector), { wide: true }),
];

function externalIP(service: Service): string {
  const { type, externalIPs, externalName } = service.spec ?? {};
  if (type === 'ExternalName') return externalName ?? '';
  const balanced = (service.status?.loadBalancer?.ingress ?? []).map((one) => one.ip ?? one.hostname ?? '');
  const all = [...(type === 'LoadBalancer' ? balanced : []), ...(externalIPs ?? [])];
  if (all.length > 0) return all.join(',');
  return type === 'LoadBalancer' ? '<pending>' : '<none>';
}

function portsOf(service: Service): string {
  const ports = service.spec?.ports ?? [];
  if (ports.length === 0) return '<none>';
  return ports
    .map(({ port, nodePort, protocol }) =>
      nodePort ? `${port}:${nodePort}/${protocol ?? 'TCP'}` : `${port}/${protocol ?? 'TCP'}`,
    )
    .join(',');
}

/** More addresses than this are only counted. */
const MAX_SHOWN = 3;

export const endpointsColumns: readonly Column[] = [
  nameColumn,
  column<Endpoints>('Endpoints', endpointsText),
  ageColumn,
];

function endpointsText(endpoints: Endpoints): string {
  const all = (endpoints.subsets ?? []).flatMap(({ addresses, ports }) =>
    (ports ?? []).length === 0
      ? (addresses ?? []).map(({ ip }) => ip)
      : (ports ?? []).flatMap(({ port }) => (addresses ?? []).map(({ ip }) => `${ip}:${port}`)),
  );
  return listText(all) || '<none>';
}

export const endpointSliceColumns: readonly Column[] = [
  nameColumn,
  column<EndpointSlice>('AddressType', (one) => one.addressType),
  column<EndpointSlice>(
    'Ports',
    (one) => listText((one.ports ?? []).map(({ port, name }) => String(port ?? name ?? ''))) || '<unset>',
  ),
  column<EndpointSlice>(
    'Endpoints',
    (one) => listText((one.endpoints ?? []).flatMap(({ addresses }) => addresses)) || '<unset>',
  ),
  ageColumn,
];

function listText(items: readonly string[]): string {
  const shown = items.slice(0, MAX_SHOWN).join(',');
  return items.length > MAX_SHOWN ? `${shown} + ${items.length - MAX_SHOWN} more...` : shown;
}

export const configMapColumns: readonly Column[] = [
  nameColumn,
  column<ConfigMap>('Data', (one) => Object.keys(one.data ?? {}).length + Object.keys(one.binaryData ?? {}).length),
  ageColumn,
];

export const secretColumns: readonly Column[] = [
  nameColumn,
  column<Secret>('Type', (one) => one.type ?? ''),
  column<Secret>('Data', (one) => Object.keys(one.data ?? {}).length),
  ageColumn,
];
