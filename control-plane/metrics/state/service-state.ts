import type { ConfigMap, Endpoints, Lease, Namespace, Secret, Service } from '../../../lib/kube/types.ts';
import type { MetricText } from './metric-text.ts';

/** `kube_namespace_*`. */
export function addNamespace(text: MetricText, namespace: Namespace): void {
  const id = { namespace: namespace.metadata?.name };
  text.time('kube_namespace_created', 'Unix creation timestamp', id, namespace.metadata?.creationTimestamp);
  const phase = namespace.status?.phase ?? 'Active';
  text.state(
    'kube_namespace_status_phase',
    'kubernetes namespace status phase.',
    id,
    'phase',
    ['Active', 'Terminating'],
    phase,
  );
}

/** `kube_service_*`. */
export function addService(text: MetricText, service: Service): void {
  const { namespace, name, uid, creationTimestamp } = service.metadata ?? {};
  const id = { namespace, service: name, uid };
  text.gauge(
    'kube_service_info',
    'Information about service.',
    {
      ...id,
      cluster_ip: service.spec?.clusterIP,
      external_name: service.spec?.externalName,
      external_traffic_policy: service.spec?.externalTrafficPolicy,
      load_balancer_ip: service.spec?.loadBalancerIP,
    },
    1,
  );
  text.time('kube_service_created', 'Unix creation timestamp', id, creationTimestamp);
  text.gauge('kube_service_spec_type', 'Type about service.', { ...id, type: service.spec?.type ?? 'ClusterIP' }, 1);
}

/** `kube_endpoint_*`. */
export function addEndpoints(text: MetricText, endpoints: Endpoints): void {
  const { namespace, name, creationTimestamp } = endpoints.metadata ?? {};
  const id = { namespace, endpoint: name };
  text.gauge('kube_endpoint_info', 'Information about endpoint.', id, 1);
  text.time('kube_endpoint_created', 'Unix creation timestamp', id, creationTimestamp);
  for (const subset of endpoints.subsets ?? []) {
    const ports = subset.ports?.length ? subset.ports : [undefined];
    for (const [addresses, ready] of [
      [subset.addresses ?? [], true],
      [subset.notReadyAddresses ?? [], false],
    ] as const) {
      for (const { ip } of addresses) {
        for (const port of ports) {
          const labels = {
            ...id,
            ip,
            port_protocol: port?.protocol ?? '',
            port_number: port?.port ?? '',
            port_name: port?.name ?? '',
            ready,
          };
          text.gauge(
            'kube_endpoint_address',
            'Information about Endpoint available and non available addresses.',
            labels,
            1,
          );
        }
      }
    }
  }
}

/** `kube_configmap_*`: that it is there, never what is in it. */
export function addConfigMap(text: MetricText, configMap: ConfigMap): void {
  const { namespace, name, creationTimestamp } = configMap.metadata ?? {};
  const id = { namespace, configmap: name };
  text.gauge('kube_configmap_info', 'Information about configmap.', id, 1);
  text.time('kube_configmap_created', 'Unix creation timestamp', id, creationTimestamp);
}

/** `kube_secret_*`: that it is there, never what is in it. */
export function addSecret(text: MetricText, secret: Secret): void {
  const { namespace, name, creationTimestamp } = secret.metadata ?? {};
  const id = { namespace, secret: name };
  text.gauge('kube_secret_info', 'Information about secret.', id, 1);
  text.gauge('kube_secret_type', 'Type about secret.', { ...id, type: secret.type ?? 'Opaque' }, 1);
  text.time('kube_secret_created', 'Unix creation timestamp', id, creationTimestamp);
}

/** `kube_lease_*`. */
export function addLease(text: MetricText, lease: Lease): void {
  const { namespace, name } = lease.metadata ?? {};
  const holder = lease.spec?.holderIdentity ?? '';
  text.gauge(
    'kube_lease_owner',
    "Information about the Lease's owner.",
    { lease: name, namespace, owner_kind: '', owner_name: '', lease_holder: holder },
    1,
  );
  text.time('kube_lease_renew_time', 'Kube lease renew time.', { lease: name, namespace }, lease.spec?.renewTime);
}
