import type { EndpointSlice, Ingress } from '../../../lib/kube/types.ts';
import type { MetricText } from './metric-text.ts';

/** `kube_ingress_*`. */
export function addIngress(text: MetricText, { metadata, spec }: Ingress): void {
  const { namespace, name, creationTimestamp, resourceVersion, annotations } = metadata ?? {};
  const id = { namespace, ingress: name };
  // The annotation is what named the class before there was a field for it, and it goes first.
  const ingressclass = annotations?.['kubernetes.io/ingress.class'] ?? spec?.ingressClassName ?? '_default';
  text.gauge('kube_ingress_info', 'Information about ingress.', { ...id, ingressclass }, 1);
  text.time('kube_ingress_created', 'Unix creation timestamp', id, creationTimestamp);
  text.gauge('kube_ingress_metadata_resource_version', 'The version of the ingress.', id, Number(resourceVersion));
  for (const { host, http } of spec?.rules ?? []) {
    for (const { path, pathType, backend } of http?.paths ?? []) {
      const { service, resource } = backend;
      const target = service
        ? { service_name: service.name, service_port: service.port?.number ?? 0 }
        : {
            resource_api_group: resource?.apiGroup,
            resource_kind: resource?.kind,
            resource_name: resource?.name,
          };
      const labels = { ...id, host, path, path_type: pathType, ...target };
      text.gauge('kube_ingress_path', 'Hosts and paths, and what answers them.', labels, 1);
    }
  }
  for (const { hosts, secretName } of spec?.tls ?? []) {
    for (const host of hosts ?? []) {
      const labels = { ...id, tls_host: host, secret: secretName };
      text.gauge('kube_ingress_tls', 'Hosts that have a certificate, and its secret.', labels, 1);
    }
  }
}

/** `kube_endpointslice_*`, but for the endpoints, of which kube-state-metrics 2.18 confuses two labels. */
export function addEndpointSlice(text: MetricText, slice: EndpointSlice): void {
  const { namespace, name, creationTimestamp } = slice.metadata ?? {};
  const id = { endpointslice: name, namespace };
  const info = { ...id, addresstype: slice.addressType };
  text.gauge('kube_endpointslice_info', 'Information about endpointslice.', info, 1);
  text.time('kube_endpointslice_created', 'Unix creation timestamp', id, creationTimestamp);
  for (const port of slice.ports ?? []) {
    const labels = { ...id, port_name: port.name, port_protocol: port.protocol, port_number: port.port };
    text.gauge('kube_endpointslice_ports', 'Ports attached to the endpointslice.', labels, 1);
  }
}
