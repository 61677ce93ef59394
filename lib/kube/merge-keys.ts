/**
 * How lists and structures of the published types are merged: facts of the Kubernetes API (`x-kubernetes-patch-strategy`, `x-kubernetes-patch-merge-key`,
 * `x-kubernetes-list-type`, `x-kubernetes-list-map-keys`, `x-kubernetes-map-type`). What is not listed here is atomic when a list and granular when a structure.
 */
export interface MergeRule {
  /** Strategic merge patch: `merge` lists by `patchKey` (or as sets of scalars without one); `retainKeys` lets a patch name the members that stay. */
  readonly patch?: readonly ('merge' | 'replace' | 'retainKeys')[];
  readonly patchKey?: string;
  /** Server-side apply: keys that identify an item; [] = a set of scalars. Absent = atomic. */
  readonly mapKeys?: readonly string[];
}

const byName: MergeRule = { patch: ['merge'], patchKey: 'name', mapKeys: ['name'] };
const byType: MergeRule = { patch: ['merge'], patchKey: 'type', mapKeys: ['type'] };
const byIp: MergeRule = { patch: ['merge'], patchKey: 'ip', mapKeys: ['ip'] };
const set: MergeRule = { patch: ['merge'], mapKeys: [] };
/** Sets to server-side apply only; a strategic merge patch replaces them. */
const appliedSet: MergeRule = { mapKeys: [] };

const container = (model: string): Readonly<Record<string, MergeRule>> => ({
  [`${model}.env`]: byName,
  [`${model}.ports`]: { patch: ['merge'], patchKey: 'containerPort', mapKeys: ['containerPort', 'protocol'] },
  [`${model}.volumeDevices`]: { patch: ['merge'], patchKey: 'devicePath', mapKeys: ['devicePath'] },
  [`${model}.volumeMounts`]: { patch: ['merge'], patchKey: 'mountPath', mapKeys: ['mountPath'] },
});

const conditions = (...models: readonly string[]): Readonly<Record<string, MergeRule>> =>
  Object.fromEntries(models.map((model) => [`${model}.conditions`, byType]));

/** By `Model.field`. */
export const mergeRules: Readonly<Record<string, MergeRule>> = {
  'V1ObjectMeta.ownerReferences': { patch: ['merge'], patchKey: 'uid', mapKeys: ['uid'] },
  'V1ObjectMeta.finalizers': set,
  'V1PodSpec.containers': byName,
  'V1PodSpec.initContainers': byName,
  'V1PodSpec.ephemeralContainers': byName,
  'V1PodSpec.volumes': { ...byName, patch: ['merge', 'retainKeys'] },
  'V1PodSpec.resourceClaims': { ...byName, patch: ['merge', 'retainKeys'] },
  'V1PodSpec.imagePullSecrets': byName,
  'V1PodSpec.schedulingGates': byName,
  'V1PodSpec.hostAliases': byIp,
  'V1PodSpec.topologySpreadConstraints': {
    patch: ['merge'],
    patchKey: 'topologyKey',
    mapKeys: ['topologyKey', 'whenUnsatisfiable'],
  },
  ...container('V1Container'),
  ...container('V1EphemeralContainer'),
  'V1ResourceRequirements.claims': { mapKeys: ['name'] },
  'V1PodStatus.podIPs': byIp,
  'V1PodStatus.hostIPs': { ...byIp, mapKeys: undefined },
  'V1PodStatus.resourceClaimStatuses': { ...byName, patch: ['merge', 'retainKeys'] },
  'V1ServiceSpec.ports': { patch: ['merge'], patchKey: 'port', mapKeys: ['port', 'protocol'] },
  'V1ServiceAccount.secrets': byName,
  'V1NodeSpec.podCIDRs': set,
  'V1NodeStatus.addresses': byType,
  'V1Endpoint.addresses': appliedSet,
  'V1PodFailurePolicyOnExitCodesRequirement.values': appliedSet,
  'V1UncountedTerminatedPods.failed': appliedSet,
  'V1UncountedTerminatedPods.succeeded': appliedSet,
  'V1ContainerRestartRuleOnExitCodes.values': appliedSet,
  'V1NodeAllocatableResourceClaimStatus.containers': appliedSet,
  'V1CSIDriverSpec.volumeLifecycleModes': appliedSet,
  'V1NonResourcePolicyRule.nonResourceURLs': appliedSet,
  'V1NonResourcePolicyRule.verbs': appliedSet,
  'V1ResourcePolicyRule.apiGroups': appliedSet,
  'V1ResourcePolicyRule.namespaces': appliedSet,
  'V1ResourcePolicyRule.resources': appliedSet,
  'V1ResourcePolicyRule.verbs': appliedSet,
  'V1DeploymentSpec.strategy': { patch: ['retainKeys'] },
  'V1PodDisruptionBudgetSpec.selector': { patch: ['replace'] },
  'V1CSINodeSpec.drivers': byName,
  'V1MutatingWebhookConfiguration.webhooks': byName,
  'V1ValidatingWebhookConfiguration.webhooks': byName,
  'V1MutatingWebhook.matchConditions': byName,
  'V1ValidatingWebhook.matchConditions': byName,
  'V1MutatingAdmissionPolicySpec.matchConditions': byName,
  'V1ValidatingAdmissionPolicySpec.matchConditions': byName,
  'V1ValidatingAdmissionPolicySpec.variables': byName,
  'V1ValidatingAdmissionPolicyBindingSpec.validationActions': appliedSet,
  'V1ContainerStatus.allocatedResourcesStatus': byName,
  'V1ResourceStatus.resources': { mapKeys: ['resourceID'] },
  'V1ResourceClaimStatus.devices': { mapKeys: ['driver', 'device', 'pool', 'shareID'] },
  'V1ResourceClaimStatus.reservedFor': { patch: ['merge'], patchKey: 'uid', mapKeys: ['uid'] },
  'V1JSONSchemaProps.x-kubernetes-validations': { patch: ['merge'], patchKey: 'rule', mapKeys: ['rule'] },
  'V1ContainerStatus.volumeMounts': { patch: ['merge'], patchKey: 'mountPath', mapKeys: ['mountPath'] },
  ...conditions(
    'V1ComponentStatus',
    'V1PodStatus',
    'V1NodeStatus',
    'V1NamespaceStatus',
    'V1ServiceStatus',
    'V1PersistentVolumeClaimStatus',
    'V1ReplicationControllerStatus',
    'V1DeploymentStatus',
    'V1ReplicaSetStatus',
    'V1StatefulSetStatus',
    'V1DaemonSetStatus',
    'V1PodDisruptionBudgetStatus',
    'V1ServiceCIDRStatus',
    'V1APIServiceStatus',
    'V1FlowSchemaStatus',
    'V1PriorityLevelConfigurationStatus',
    'V2HorizontalPodAutoscalerStatus',
  ),
  // Applied as a whole.
  'V1JobStatus.conditions': { patch: ['merge'], patchKey: 'type' },
  'V1AllocatedDeviceStatus.conditions': { mapKeys: ['type'] },
  'V1ValidatingAdmissionPolicyStatus.conditions': { mapKeys: ['type'] },
  'V1CertificateSigningRequestStatus.conditions': { mapKeys: ['type'] },
  'V1CustomResourceDefinitionStatus.conditions': { mapKeys: ['type'] },
};

/** Structures that one manager owns as a whole. */
export const atomicStructures: ReadonlySet<string> = new Set([
  'V1ConfigMapKeySelector',
  'V1EndpointAddress',
  'CoreV1EndpointPort',
  'DiscoveryV1EndpointPort',
  'V1FileKeySelector',
  'V1LabelSelector',
  'V1LocalObjectReference',
  'V1MatchResources',
  'V1NamedRuleWithOperations',
  'V1NodeSelector',
  'V1NodeSelectorTerm',
  'V1ObjectFieldSelector',
  'V1ObjectReference',
  'V1OwnerReference',
  'V1ParamKind',
  'V1ParamRef',
  'V1ResourceFieldSelector',
  'V1ScopeSelector',
  'V1SecretKeySelector',
  'V1SecretReference',
  'V1ServiceBackendPort',
  'V1TopologySelectorTerm',
  'V1TypedLocalObjectReference',
  'RbacV1Subject',
  'V1RoleRef',
  'V1CrossVersionObjectReference',
  'V1Variable',
]);

/** Where a structure that is owned as a whole elsewhere is owned member by member. */
export const granularStructures: ReadonlySet<string> = new Set(['V1PersistentVolumeSpec.claimRef']);

/** Maps of scalars that one manager owns as a whole, by `Model.field`. */
export const atomicMaps: ReadonlySet<string> = new Set([
  'V1PodSpec.nodeSelector',
  'V1Scheduling.nodeSelector',
  'V1ServiceSpec.selector',
  'V1ReplicationControllerSpec.selector',
]);
