import type { Container, ContainerStatus, Pod } from '../../../lib/kube/types.ts';
import { controllerOf } from '../../../lib/kube/owner.ts';
import { podCondition } from '../../../lib/kube/pod-facts.ts';
import type { LabelValues, MetricText } from './metric-text.ts';
import { resourceAmounts } from './resource-units.ts';

const phases = ['Pending', 'Succeeded', 'Failed', 'Unknown', 'Running'] as const;
const conditions = ['true', 'false', 'unknown'] as const;

/** `kube_pod_*` of one pod. Source of names and labels: kube-state-metrics' documentation. */
export function addPod(text: MetricText, pod: Pod): void {
  const { namespace, name, uid, creationTimestamp, deletionTimestamp, ownerReferences } = pod.metadata ?? {};
  const { status, spec } = pod;
  const id = { namespace, pod: name, uid };
  const creator = controllerOf(pod);
  text.gauge(
    'kube_pod_info',
    'Information about pod.',
    {
      ...id,
      host_ip: status?.hostIP,
      pod_ip: status?.podIP,
      node: spec?.nodeName,
      created_by_kind: creator?.kind ?? '',
      created_by_name: creator?.name ?? '',
      priority_class: spec?.priorityClassName,
      host_network: spec?.hostNetwork ?? false,
    },
    1,
  );
  const owners = ownerReferences ?? [];
  const help = "Information about the Pod's owner.";
  if (owners.length === 0) {
    text.gauge('kube_pod_owner', help, { ...id, owner_kind: '', owner_name: '', owner_is_controller: '' }, 1);
  }
  for (const owner of owners) {
    const labels = { owner_kind: owner.kind, owner_name: owner.name, owner_is_controller: owner.controller ?? false };
    text.gauge('kube_pod_owner', help, { ...id, ...labels }, 1);
  }
  text.time('kube_pod_created', 'Unix creation timestamp', id, creationTimestamp);
  text.time('kube_pod_start_time', 'Start time in unix timestamp for a pod.', id, status?.startTime);
  text.time('kube_pod_deletion_timestamp', 'Unix deletion timestamp', id, deletionTimestamp);
  text.gauge(
    'kube_pod_restart_policy',
    'Describes the restart policy in use by this pod.',
    { namespace, pod: name, uid, type: spec?.restartPolicy ?? 'Always' },
    1,
  );
  text.state('kube_pod_status_phase', 'The pods current phase.', id, 'phase', phases, status?.phase);
  for (const [metric, type, words] of [
    ['kube_pod_status_ready', 'Ready', 'is ready to serve requests'],
    ['kube_pod_status_scheduled', 'PodScheduled', 'has been scheduled'],
  ] as const) {
    const found = podCondition(pod, type);
    const actual = found?.status.toLowerCase();
    if (found) text.state(metric, `Describes whether the pod ${words}.`, id, 'condition', conditions, actual);
  }
  addContainers(text, 'kube_pod_container', id, spec?.containers, status?.containerStatuses);
  addContainers(text, 'kube_pod_init_container', id, spec?.initContainers, status?.initContainerStatuses);
  for (const container of spec?.containers ?? []) addResources(text, container, { ...id, node: spec?.nodeName });
}

function addContainers(
  text: MetricText,
  prefix: string,
  id: LabelValues,
  containers: readonly Container[] | undefined,
  statuses: readonly ContainerStatus[] | undefined,
): void {
  for (const status of statuses ?? []) {
    const labels = { ...id, container: status.name };
    const spec = containers?.find((one) => one.name === status.name);
    text.gauge(
      `${prefix}_info`,
      'Information about a container in a pod.',
      {
        ...labels,
        image_spec: spec?.image,
        image: status.image,
        image_id: status.imageID,
        container_id: status.containerID,
        ...(prefix === 'kube_pod_init_container' ? { restart_policy: spec?.restartPolicy } : {}),
      },
      1,
    );
    const { waiting, running, terminated } = status.state ?? {};
    const state = `${prefix}_status`;
    const words = 'Describes whether the container is currently in';
    text.gauge(`${state}_waiting`, `${words} waiting state.`, labels, waiting !== undefined);
    text.gauge(`${state}_running`, `${words} running state.`, labels, running !== undefined);
    text.gauge(`${state}_terminated`, `${words} terminated state.`, labels, terminated !== undefined);
    text.gauge(`${state}_ready`, 'Describes whether the containers readiness check succeeded.', labels, status.ready);
    text.counter(
      `${state}_restarts_total`,
      'The number of container restarts per container.',
      labels,
      status.restartCount,
    );
    const because = 'Describes the reason the container is currently in';
    if (waiting?.reason) {
      text.gauge(`${state}_waiting_reason`, `${because} waiting state.`, { ...labels, reason: waiting.reason }, 1);
    }
    if (terminated?.reason) {
      text.gauge(
        `${state}_terminated_reason`,
        `${because} terminated state.`,
        { ...labels, reason: terminated.reason },
        1,
      );
    }
    const last = status.lastState?.terminated;
    if (last) {
      const lastWords = 'Describes the last reason the container was in terminated state.';
      text.gauge(`${state}_last_terminated_reason`, lastWords, { ...labels, reason: last.reason ?? '' }, 1);
      text.gauge(
        `${state}_last_terminated_exitcode`,
        'Describes the exit code of the last end.',
        labels,
        last.exitCode,
      );
      text.time(
        `${state}_last_terminated_timestamp`,
        'Last terminated time in unix timestamp.',
        labels,
        last.finishedAt,
      );
    }
    text.time(`${prefix}_state_started`, 'Start time in unix timestamp for a container.', labels, running?.startedAt);
  }
}

function addResources(text: MetricText, container: Container, id: LabelValues): void {
  for (const kind of ['requests', 'limits'] as const) {
    const help = `The number of requested ${kind === 'requests' ? 'request' : 'limit'} resource by a container.`;
    for (const { resource, unit, value } of resourceAmounts(container.resources?.[kind])) {
      const labels = { ...id, container: container.name, resource, unit };
      text.gauge(`kube_pod_container_resource_${kind}`, help, labels, value);
    }
  }
}
