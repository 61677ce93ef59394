import { labelMatcher, labelsMatcher, type LabelMatcher } from '../../lib/kube/label-selector.ts';
import * as kinds from '../../lib/kube/resources.ts';
import type { ResourceType } from '../../lib/kube/resources.ts';
import type { KubeObject, LabelSelector } from '../../lib/kube/types.ts';
import type { ApiObject } from './api-object.ts';
import * as batch from './columns/batch-columns.ts';
import * as cluster from './columns/cluster-columns.ts';
import * as devices from './columns/device-columns.ts';
import * as flow from './columns/flow-control-columns.ts';
import * as policy from './columns/policy-columns.ts';
import { podColumns } from './columns/pod-columns.ts';
import * as service from './columns/service-columns.ts';
import * as storage from './columns/storage-columns.ts';
import * as workload from './columns/workload-columns.ts';
import type { ResourceDefinition, ScalePaths, SubresourceRow } from './definition.ts';
import { eventsView } from './views/events-view.ts';
import { autoscalerView } from './views/autoscaler-view.ts';
import { customResourceDefinitionStrategy } from './custom/custom-resource-definition.ts';
import { apiServiceStrategy } from './strategies/api-service.ts';
import { configMapStrategy } from './strategies/config-map.ts';
import { controllerRevisionStrategy } from './strategies/controller-revision.ts';
import { csiDriverStrategy } from './strategies/csi-driver.ts';
import { csiNodeStrategy } from './strategies/csi-node.ts';
import { csiStorageCapacityStrategy } from './strategies/csi-storage-capacity.ts';
import { certificateSigningRequestStrategy } from './strategies/certificate-signing-request.ts';
import {
  validatingAdmissionPolicyBindingStrategy,
  validatingAdmissionPolicyStrategy,
} from './strategies/admission-policy.ts';
import {
  mutatingAdmissionPolicyBindingStrategy,
  mutatingAdmissionPolicyStrategy,
} from './strategies/mutating-admission-policy.ts';
import { priorityClassStrategy, runtimeClassStrategy } from './strategies/classes.ts';
import { cronJobStrategy } from './strategies/cron-job.ts';
import { daemonSetStrategy } from './strategies/daemon-set.ts';
import { deploymentStrategy } from './strategies/deployment.ts';
import { deviceClassStrategy } from './strategies/devices/device-class.ts';
import { resourceClaimStrategy, resourceClaimTemplateStrategy } from './strategies/devices/resource-claim.ts';
import { resourceSliceStrategy } from './strategies/devices/resource-slice.ts';
import { endpointSliceStrategy } from './strategies/endpoint-slice.ts';
import { endpointsStrategy } from './strategies/endpoints.ts';
import { eventStrategy } from './strategies/event.ts';
import { flowSchemaStrategy } from './strategies/flow-schema.ts';
import { horizontalPodAutoscalerStrategy } from './strategies/horizontal-pod-autoscaler.ts';
import { ipAddressStrategy } from './strategies/ip-address.ts';
import { jobStrategy } from './strategies/job.ts';
import { leaseStrategy } from './strategies/lease.ts';
import { namespaceStrategy } from './strategies/namespace.ts';
import { ingressClassStrategy } from './strategies/ingress-class.ts';
import { ingressStrategy } from './strategies/ingress.ts';
import { networkPolicyStrategy } from './strategies/network-policy.ts';
import { nodeStrategy } from './strategies/node.ts';
import { persistentVolumeStrategy } from './strategies/persistent-volume.ts';
import { persistentVolumeClaimStrategy } from './strategies/persistent-volume-claim.ts';
import { podTemplateStrategy } from './strategies/pod-template-kind.ts';
import { podStrategy } from './strategies/pod.ts';
import { limitRangeStrategy, podDisruptionBudgetStrategy, resourceQuotaStrategy } from './strategies/policy.ts';
import { priorityLevelStrategy } from './strategies/priority-level-configuration.ts';
import { replicaSetStrategy } from './strategies/replica-set.ts';
import { replicationControllerStrategy } from './strategies/replication-controller.ts';
import { clusterRoleStrategy, roleStrategy } from './strategies/role.ts';
import { clusterRoleBindingStrategy, roleBindingStrategy } from './strategies/role-binding.ts';
import { secretStrategy } from './strategies/secret.ts';
import { serviceCidrStrategy } from './strategies/service-cidr.ts';
import { serviceStrategy } from './strategies/service.ts';
import { serviceAccountStrategy } from './strategies/service-account.ts';
import { statefulSetStrategy } from './strategies/stateful-set.ts';
import { storageClassStrategy } from './strategies/storage-class.ts';
import { volumeAttachmentStrategy } from './strategies/volume-attachment.ts';
import { volumeAttributesClassStrategy } from './strategies/volume-attributes-class.ts';
import { mutatingWebhookStrategy, validatingWebhookStrategy } from './strategies/webhook-configuration.ts';
import type { Strategy } from './strategy.ts';
import type { Column } from './columns/column.ts';

type Options = Partial<
  Omit<ResourceDefinition, 'resource' | 'columns' | 'strategy' | 'hasStatus' | 'hasGeneration' | 'returnsDeleted'>
> & {
  readonly status?: true;
  readonly generation?: true;
  readonly returnsDeleted?: true;
};

/** As upstream has it. */
const tiedKinds: ReadonlySet<unknown> = new Set([
  kinds.apiServices,
  kinds.csiDrivers,
  kinds.csiNodes,
  kinds.csiStorageCapacities,
  kinds.customResourceDefinitions,
  kinds.leases,
  kinds.mutatingAdmissionPolicies,
  kinds.mutatingAdmissionPolicyBindings,
  kinds.mutatingWebhookConfigurations,
  kinds.podDisruptionBudgets,
  kinds.runtimeClasses,
  kinds.validatingAdmissionPolicies,
  kinds.validatingAdmissionPolicyBindings,
  kinds.validatingWebhookConfigurations,
  kinds.volumeAttachments,
]);

function row<T extends KubeObject>(
  resource: ResourceType<T>,
  strategy: Strategy<T>,
  columns: readonly Column[],
  options: Options = {},
): ResourceDefinition {
  return {
    resource,
    columns,
    strategy: strategy,
    hasStatus: options.status === true,
    hasGeneration: options.generation === true,
    returnsDeleted: options.returnsDeleted === true,
    scale: options.scale,
    selectableFields: options.selectableFields ?? {},
    subresources: options.subresources ?? [],
    views: options.views ?? [],
    deprecation: options.deprecation,
    createsOnUpdate: options.createsOnUpdate === true,
    requiresRevision: tiedKinds.has(resource),
  };
}

const scale: ScalePaths = {
  specReplicas: 'spec.replicas',
  statusReplicas: 'status.replicas',
  selector: (object: ApiObject) => {
    const { requirements }: LabelMatcher = labelMatcher(
      (object['spec'] as { selector?: LabelSelector } | undefined)?.selector,
    );
    return requirements.map(requirementText).join(',');
  },
};

function requirementText({ key, operator, values }: LabelMatcher['requirements'][number]): string {
  if (operator === 'exists') return key;
  if (operator === '!') return `!${key}`;
  return operator === 'in' && values.length === 1 ? `${key}=${values[0]}` : `${key} ${operator} (${values.join(',')})`;
}

function replicasInStatus(object: ApiObject): string {
  return String((object['status'] as { replicas?: number } | undefined)?.replicas ?? 0);
}

const connect = ['get', 'create'];

const podSubresources: readonly SubresourceRow[] = [
  { name: 'attach', kind: 'PodAttachOptions', verbs: connect },
  { name: 'binding', kind: 'Binding', verbs: ['create'] },
  { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
  { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
  { name: 'exec', kind: 'PodExecOptions', verbs: connect },
  { name: 'log', kind: 'Pod', verbs: ['get'] },
  { name: 'portforward', kind: 'PodPortForwardOptions', verbs: connect },
  { name: 'proxy', kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  { name: 'resize', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
];

const aboutFields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
const aboutFieldsAs = (name: string) =>
  Object.fromEntries(aboutFields.map((field) => [`${name}.${field}`, `involvedObject.${field}`]));

const eventFields = {
  ...aboutFieldsAs('involvedObject'),
  reason: 'reason',
  reportingComponent: 'reportingComponent',
  source: 'source.component',
  type: 'type',
};

/** As `events.k8s.io` calls them. */
const eventViewFields = {
  ...aboutFieldsAs('regarding'),
  reason: 'reason',
  reportingController: 'reportingComponent',
  type: 'type',
};

/** Every kind that is stored: what it is called, how it is shown, what is particular to it. A new kind is one row and, if needed, one strategy. */
export const definitions: readonly ResourceDefinition[] = [
  row(kinds.namespaces, namespaceStrategy, cluster.namespaceColumns, {
    status: true,
    returnsDeleted: true,
    selectableFields: { 'status.phase': 'status.phase' },
    subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  }),
  row(kinds.nodes, nodeStrategy, cluster.nodeColumns, {
    status: true,
    selectableFields: {
      'spec.unschedulable': (node) =>
        String((node['spec'] as { unschedulable?: boolean } | undefined)?.unschedulable ?? false),
    },
    subresources: [{ name: 'proxy', kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  }),
  row(kinds.pods, podStrategy, podColumns, {
    status: true,
    generation: true,
    returnsDeleted: true,
    selectableFields: {
      'spec.nodeName': 'spec.nodeName',
      // As it was once called.
      'spec.host': 'spec.nodeName',
      'spec.restartPolicy': 'spec.restartPolicy',
      'spec.schedulerName': 'spec.schedulerName',
      'spec.serviceAccountName': 'spec.serviceAccountName',
      'spec.hostNetwork': (pod) => String((pod['spec'] as { hostNetwork?: boolean } | undefined)?.hostNetwork ?? false),
      'status.phase': 'status.phase',
      'status.podIP': 'status.podIP',
      // Offered, and never filled in.
      'status.podIPs': () => '',
      'status.nominatedNodeName': 'status.nominatedNodeName',
    },
    subresources: podSubresources,
  }),
  row(kinds.services, serviceStrategy, service.serviceColumns, {
    status: true,
    returnsDeleted: true,
    selectableFields: { 'spec.clusterIP': 'spec.clusterIP', 'spec.type': 'spec.type' },
    subresources: [
      { name: 'proxy', kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    ],
  }),
  row(kinds.endpoints, endpointsStrategy, service.endpointsColumns, {
    createsOnUpdate: true,
    deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  }),
  row(kinds.endpointSlices, endpointSliceStrategy, service.endpointSliceColumns, { generation: true }),
  row(kinds.configMaps, configMapStrategy, service.configMapColumns),
  row(kinds.secrets, secretStrategy, service.secretColumns, { selectableFields: { type: 'type' } }),
  row(kinds.serviceAccounts, serviceAccountStrategy, cluster.serviceAccountColumns, {
    returnsDeleted: true,
    subresources: [
      { name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
    ],
  }),
  row(kinds.events, eventStrategy, cluster.eventColumns, {
    selectableFields: eventFields,
    createsOnUpdate: true,
    views: [{ ...eventsView, selectableFields: eventViewFields }],
  }),
  row(kinds.leases, leaseStrategy, cluster.leaseColumns, { createsOnUpdate: true }),
  row(kinds.deployments, deploymentStrategy, workload.deploymentColumns, { status: true, generation: true, scale }),
  row(kinds.replicaSets, replicaSetStrategy, workload.replicaSetColumns, {
    status: true,
    generation: true,
    scale,
  }),
  row(kinds.replicationControllers, replicationControllerStrategy, workload.replicationControllerColumns, {
    status: true,
    generation: true,
    scale: {
      ...scale,
      selector: (object: ApiObject) =>
        labelsMatcher((object['spec'] as { selector?: Readonly<Record<string, string>> } | undefined)?.selector ?? {})
          .requirements.map(requirementText)
          .join(','),
    },
    selectableFields: { 'status.replicas': replicasInStatus },
  }),
  row(kinds.statefulSets, statefulSetStrategy, workload.statefulSetColumns, { status: true, generation: true, scale }),
  row(kinds.controllerRevisions, controllerRevisionStrategy, workload.controllerRevisionColumns),
  row(kinds.persistentVolumes, persistentVolumeStrategy, storage.persistentVolumeColumns, {
    status: true,
    returnsDeleted: true,
  }),
  row(kinds.persistentVolumeClaims, persistentVolumeClaimStrategy, storage.persistentVolumeClaimColumns, {
    status: true,
    returnsDeleted: true,
  }),
  row(kinds.storageClasses, storageClassStrategy, storage.storageClassColumns, { returnsDeleted: true }),
  row(kinds.csiDrivers, csiDriverStrategy, storage.csiDriverColumns, { returnsDeleted: true }),
  row(kinds.csiNodes, csiNodeStrategy, storage.csiNodeColumns, { returnsDeleted: true }),
  row(kinds.csiStorageCapacities, csiStorageCapacityStrategy, storage.csiStorageCapacityColumns),
  row(kinds.volumeAttributesClasses, volumeAttributesClassStrategy, storage.volumeAttributesClassColumns, {
    returnsDeleted: true,
  }),
  row(kinds.volumeAttachments, volumeAttachmentStrategy, storage.volumeAttachmentColumns, {
    status: true,
    returnsDeleted: true,
  }),
  row(kinds.daemonSets, daemonSetStrategy, batch.daemonSetColumns, { status: true, generation: true }),
  row(kinds.jobs, jobStrategy, batch.jobColumns, {
    status: true,
    generation: true,
    selectableFields: {
      'status.successful': (job) => String((job['status'] as { succeeded?: number } | undefined)?.succeeded ?? 0),
    },
  }),
  row(kinds.cronJobs, cronJobStrategy, batch.cronJobColumns, { status: true, generation: true }),
  row(kinds.horizontalPodAutoscalers, horizontalPodAutoscalerStrategy, workload.autoscalerColumns, {
    status: true,
    views: [autoscalerView],
  }),
  row(kinds.roles, roleStrategy, cluster.roleColumns),
  row(kinds.clusterRoles, clusterRoleStrategy, cluster.clusterRoleColumns),
  row(kinds.roleBindings, roleBindingStrategy, cluster.roleBindingColumns),
  row(kinds.clusterRoleBindings, clusterRoleBindingStrategy, cluster.roleBindingColumns),
  row(kinds.podTemplates, podTemplateStrategy, policy.podTemplateColumns),
  row(kinds.limitRanges, limitRangeStrategy, policy.limitRangeColumns),
  row(kinds.resourceQuotas, resourceQuotaStrategy, policy.resourceQuotaColumns, { status: true, returnsDeleted: true }),
  row(kinds.podDisruptionBudgets, podDisruptionBudgetStrategy, policy.podDisruptionBudgetColumns, {
    status: true,
    generation: true,
  }),
  row(kinds.ingresses, ingressStrategy, policy.ingressColumns, { status: true, generation: true }),
  row(kinds.ingressClasses, ingressClassStrategy, policy.ingressClassColumns, { generation: true }),
  row(kinds.networkPolicies, networkPolicyStrategy, policy.networkPolicyColumns, { generation: true }),
  row(kinds.serviceCidrs, serviceCidrStrategy, policy.serviceCidrColumns, { status: true }),
  row(kinds.ipAddresses, ipAddressStrategy, policy.nameAndAge),
  row(kinds.priorityClasses, priorityClassStrategy, policy.priorityClassColumns, { generation: true }),
  row(kinds.flowSchemas, flowSchemaStrategy, flow.flowSchemaColumns, { status: true, generation: true }),
  row(kinds.priorityLevelConfigurations, priorityLevelStrategy, flow.priorityLevelColumns, {
    status: true,
    generation: true,
  }),
  row(kinds.runtimeClasses, runtimeClassStrategy, policy.runtimeClassColumns),
  row(kinds.mutatingWebhookConfigurations, mutatingWebhookStrategy, policy.webhookColumns, { generation: true }),
  row(kinds.validatingWebhookConfigurations, validatingWebhookStrategy, policy.webhookColumns, { generation: true }),
  row(kinds.validatingAdmissionPolicies, validatingAdmissionPolicyStrategy, policy.admissionPolicyColumns, {
    status: true,
    generation: true,
  }),
  row(
    kinds.validatingAdmissionPolicyBindings,
    validatingAdmissionPolicyBindingStrategy,
    policy.admissionPolicyBindingColumns,
    { generation: true },
  ),
  row(kinds.mutatingAdmissionPolicies, mutatingAdmissionPolicyStrategy, policy.mutatingPolicyColumns, {
    generation: true,
  }),
  row(
    kinds.mutatingAdmissionPolicyBindings,
    mutatingAdmissionPolicyBindingStrategy,
    policy.admissionPolicyBindingColumns,
    { generation: true },
  ),
  row(kinds.certificateSigningRequests, certificateSigningRequestStrategy, cluster.certificateRequestColumns, {
    status: true,
    selectableFields: { 'spec.signerName': 'spec.signerName' },
    subresources: [{ name: 'approval', kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] }],
  }),
  row(kinds.customResourceDefinitions, customResourceDefinitionStrategy, cluster.customResourceDefinitionColumns, {
    status: true,
    generation: true,
    returnsDeleted: true,
  }),
  row(kinds.apiServices, apiServiceStrategy, cluster.apiServiceColumns, { status: true }),
  row(kinds.deviceClasses, deviceClassStrategy, policy.nameAndAge, { generation: true, returnsDeleted: true }),
  row(kinds.resourceClaims, resourceClaimStrategy, devices.resourceClaimColumns, {
    status: true,
    returnsDeleted: true,
  }),
  row(kinds.resourceClaimTemplates, resourceClaimTemplateStrategy, policy.nameAndAge, { returnsDeleted: true }),
  row(kinds.resourceSlices, resourceSliceStrategy, devices.resourceSliceColumns, {
    generation: true,
    returnsDeleted: true,
    selectableFields: { 'spec.nodeName': 'spec.nodeName', 'spec.driver': 'spec.driver' },
  }),
];
