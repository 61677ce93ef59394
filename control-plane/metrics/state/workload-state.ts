import type {
  Deployment,
  HorizontalPodAutoscaler,
  ReplicaSet,
  ReplicationController,
} from '../../../lib/kube/types.ts';
import type { MetricText } from './metric-text.ts';
import { addOwners } from './owners.ts';

/** Why a Deployment is as it is, by the words of its controller upstream; any other word would make the label unbounded. */
const deploymentReasons: ReadonlySet<string> = new Set([
  'ReplicaSetUpdated',
  'ReplicaSetCreateError',
  'NewReplicaSetCreated',
  'FoundNewReplicaSet',
  'NewReplicaSetAvailable',
  'ProgressDeadlineExceeded',
  'DeploymentPaused',
  'DeploymentResumed',
  'MinimumReplicasAvailable',
  'MinimumReplicasUnavailable',
  '',
]);
const statuses = ['true', 'false', 'unknown'] as const;

/** `kube_deployment_*`. */
export function addDeployment(text: MetricText, deployment: Deployment): void {
  const { namespace, name, creationTimestamp, generation } = deployment.metadata ?? {};
  const { spec, status } = deployment;
  const id = { namespace, deployment: name };
  const gauge = (suffix: string, help: string, value: number | boolean | undefined) =>
    text.gauge(`kube_deployment_${suffix}`, help, id, value);
  text.time('kube_deployment_created', 'Unix creation timestamp', id, creationTimestamp);
  gauge('status_replicas', 'The number of replicas per deployment.', status?.replicas ?? 0);
  gauge('status_replicas_ready', 'The number of ready replicas per deployment.', status?.readyReplicas ?? 0);
  gauge(
    'status_replicas_available',
    'The number of available replicas per deployment.',
    status?.availableReplicas ?? 0,
  );
  gauge(
    'status_replicas_unavailable',
    'The number of unavailable replicas per deployment.',
    status?.unavailableReplicas ?? 0,
  );
  gauge('status_replicas_updated', 'The number of updated replicas per deployment.', status?.updatedReplicas ?? 0);
  gauge(
    'status_observed_generation',
    'The generation observed by the deployment controller.',
    status?.observedGeneration ?? 0,
  );
  gauge('metadata_generation', 'Sequence number representing a specific generation of the desired state.', generation);
  gauge('spec_replicas', 'Number of desired pods for a deployment.', spec?.replicas ?? 1);
  gauge(
    'spec_paused',
    'Whether the deployment is paused and will not be processed by the deployment controller.',
    spec?.paused ?? false,
  );
  for (const { type, status: actual, reason = '' } of status?.conditions ?? []) {
    const help = 'The current status conditions of a deployment.';
    text.state(
      'kube_deployment_status_condition',
      help,
      { ...id, reason: deploymentReasons.has(reason) ? reason : 'unknown', condition: type },
      'status',
      statuses,
      actual.toLowerCase(),
    );
  }
}

/** `kube_replicaset_*`. */
export function addReplicaSet(text: MetricText, replicaSet: ReplicaSet): void {
  const { namespace, name, creationTimestamp, generation, ownerReferences } = replicaSet.metadata ?? {};
  const { spec, status } = replicaSet;
  const id = { namespace, replicaset: name };
  const gauge = (suffix: string, help: string, value: number | undefined) =>
    text.gauge(`kube_replicaset_${suffix}`, help, id, value);
  text.time('kube_replicaset_created', 'Unix creation timestamp', id, creationTimestamp);
  gauge('status_replicas', 'The number of replicas per ReplicaSet.', status?.replicas ?? 0);
  gauge(
    'status_fully_labeled_replicas',
    'The number of fully labeled replicas per ReplicaSet.',
    status?.fullyLabeledReplicas ?? 0,
  );
  gauge('status_ready_replicas', 'The number of ready replicas per ReplicaSet.', status?.readyReplicas ?? 0);
  gauge(
    'status_observed_generation',
    'The generation observed by the ReplicaSet controller.',
    status?.observedGeneration ?? 0,
  );
  gauge('spec_replicas', 'Number of desired pods for a ReplicaSet.', spec?.replicas ?? 1);
  gauge('metadata_generation', 'Sequence number representing a specific generation of the desired state.', generation);
  const help = "Information about the ReplicaSet's owner.";
  for (const owner of ownerReferences ?? []) {
    const labels = { owner_kind: owner.kind, owner_name: owner.name, owner_is_controller: owner.controller ?? false };
    text.gauge('kube_replicaset_owner', help, { ...id, ...labels }, 1);
  }
  if (!ownerReferences?.length) {
    text.gauge('kube_replicaset_owner', help, { ...id, owner_kind: '', owner_name: '', owner_is_controller: '' }, 1);
  }
}

/** `kube_horizontalpodautoscaler_*`. */
export function addAutoscaler(text: MetricText, autoscaler: HorizontalPodAutoscaler): void {
  const { namespace, name, generation, creationTimestamp } = autoscaler.metadata ?? {};
  const { spec, status } = autoscaler;
  const id = { namespace, horizontalpodautoscaler: name };
  const gauge = (suffix: string, help: string, value: number | undefined) =>
    text.gauge(`kube_horizontalpodautoscaler_${suffix}`, help, id, value);
  text.gauge(
    'kube_horizontalpodautoscaler_info',
    'Information about this autoscaler.',
    {
      ...id,
      scaletargetref_api_version: spec?.scaleTargetRef.apiVersion,
      scaletargetref_kind: spec?.scaleTargetRef.kind,
      scaletargetref_name: spec?.scaleTargetRef.name,
    },
    1,
  );
  text.time('kube_horizontalpodautoscaler_created', 'Unix creation timestamp', id, creationTimestamp);
  gauge('metadata_generation', 'The generation observed by the HorizontalPodAutoscaler controller.', generation ?? 0);
  gauge(
    'spec_max_replicas',
    'Upper limit for the number of pods that can be set by the autoscaler.',
    spec?.maxReplicas,
  );
  gauge(
    'spec_min_replicas',
    'Lower limit for the number of pods that can be set by the autoscaler, default 1.',
    spec?.minReplicas ?? 1,
  );
  gauge(
    'status_current_replicas',
    'Current number of replicas of pods managed by this autoscaler.',
    status?.currentReplicas ?? 0,
  );
  gauge(
    'status_desired_replicas',
    'Desired number of replicas of pods managed by this autoscaler.',
    status?.desiredReplicas ?? 0,
  );
  for (const metric of spec?.metrics ?? []) {
    const target = metric.resource?.target ?? metric.containerResource?.target;
    if (target?.averageUtilization === undefined) continue;
    text.gauge(
      'kube_horizontalpodautoscaler_spec_target_metric',
      'The metric specifications used by this autoscaler when calculating the desired replica count.',
      {
        ...id,
        metric_name: metric.resource?.name ?? metric.containerResource?.name,
        metric_target_type: 'utilization',
      },
      target.averageUtilization,
    );
  }
  for (const { type, status: actual } of status?.conditions ?? []) {
    text.state(
      'kube_horizontalpodautoscaler_status_condition',
      'The condition of this autoscaler.',
      { ...id, condition: type },
      'status',
      statuses,
      actual.toLowerCase(),
    );
  }
}

/** `kube_replicationcontroller_*`. */
export function addReplicationController(text: MetricText, controller: ReplicationController): void {
  const { namespace, name, creationTimestamp, generation } = controller.metadata ?? {};
  const { spec, status } = controller;
  const id = { namespace, replicationcontroller: name };
  text.time('kube_replicationcontroller_created', 'Unix creation timestamp', id, creationTimestamp);
  for (const [suffix, help, value] of [
    ['status_replicas', 'The number of replicas.', status?.replicas ?? 0],
    ['status_fully_labeled_replicas', 'The replicas with all labels.', status?.fullyLabeledReplicas ?? 0],
    ['status_ready_replicas', 'The ready replicas.', status?.readyReplicas ?? 0],
    ['status_available_replicas', 'The available replicas.', status?.availableReplicas ?? 0],
    ['status_observed_generation', 'The generation observed by the controller.', status?.observedGeneration ?? 0],
    ['spec_replicas', 'The number of desired pods.', spec?.replicas],
    ['metadata_generation', 'Sequence number of the desired state.', generation],
  ] as const) {
    text.gauge(`kube_replicationcontroller_${suffix}`, help, id, value);
  }
  addOwners(text, 'kube_replicationcontroller_owner', 'Information about the owner.', id, controller);
}
