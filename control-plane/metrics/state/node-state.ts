import type { Node } from '../../../lib/kube/types.ts';
import type { MetricText } from './metric-text.ts';
import { resourceAmounts } from './resource-units.ts';

const rolePrefix = 'node-role.kubernetes.io/';

/** `kube_node_*` of one node. */
export function addNode(text: MetricText, node: Node): void {
  const { name, creationTimestamp, labels } = node.metadata ?? {};
  const info = node.status?.nodeInfo;
  const id = { node: name };
  text.gauge(
    'kube_node_info',
    'Information about a cluster node.',
    {
      ...id,
      kernel_version: info?.kernelVersion,
      os_image: info?.osImage,
      container_runtime_version: info?.containerRuntimeVersion,
      kubelet_version: info?.kubeletVersion,
      // No version of kube-proxy is reported any more; kube-state-metrics keeps the label with this word.
      kubeproxy_version: 'deprecated',
      provider_id: node.spec?.providerID,
      pod_cidr: node.spec?.podCIDR,
      system_uuid: info?.systemUUID,
      internal_ip: node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address,
    },
    1,
  );
  text.time('kube_node_created', 'Unix creation timestamp', id, creationTimestamp);
  for (const label of Object.keys(labels ?? {})) {
    if (!label.startsWith(rolePrefix)) continue;
    text.gauge('kube_node_role', 'The role of a cluster node.', { ...id, role: label.slice(rolePrefix.length) }, 1);
  }
  text.gauge(
    'kube_node_spec_unschedulable',
    'Whether a node can schedule new pods.',
    id,
    node.spec?.unschedulable ?? false,
  );
  for (const { key, value, effect } of node.spec?.taints ?? []) {
    text.gauge('kube_node_spec_taint', 'The taint of a cluster node.', { ...id, key, value, effect }, 1);
  }
  for (const { type, status } of node.status?.conditions ?? []) {
    text.state(
      'kube_node_status_condition',
      'The condition of a cluster node.',
      { ...id, condition: type },
      'status',
      ['true', 'false', 'unknown'],
      status.toLowerCase(),
    );
  }
  for (const [kind, words] of [
    ['capacity', 'The total amount of resources available for a node.'],
    ['allocatable', 'The amount of resources allocatable for pods (after reserving some for system daemons).'],
  ] as const) {
    for (const { resource, unit, value } of resourceAmounts(node.status?.[kind])) {
      text.gauge(`kube_node_status_${kind}`, words, { ...id, resource, unit }, value);
    }
  }
}
