import type * as t from './types.ts';

/**
 * What names a kind of object on the wire. `T` is the object's type (carried for inference only).
 * The control plane adds strategy and columns to each of these rows; clients need nothing more than the row.
 */
export interface ResourceType<T extends t.KubeObject = t.KubeObject> {
  /** API group; '' is core. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** As in URLs: `pods`. */
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  /** `all` makes it part of `kubectl get all`. */
  readonly categories: readonly string[];
  /** Never set. */
  readonly _type?: T;
}

/** `v1`, `apps/v1`. */
export function apiVersionOf(resource: Pick<ResourceType, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

function row<T extends t.KubeObject>(
  apiVersion: string,
  kind: string,
  plural: string,
  options: { cluster?: true; short?: readonly string[]; all?: true; extendsApi?: true } = {},
): ResourceType<T> {
  const slash = apiVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    plural,
    singular: kind.toLowerCase(),
    namespaced: options.cluster !== true,
    shortNames: options.short ?? [],
    categories: options.all ? ['all'] : options.extendsApi ? ['api-extensions'] : [],
  };
}

export const namespaces = row<t.Namespace>('v1', 'Namespace', 'namespaces', { cluster: true, short: ['ns'] });
export const nodes = row<t.Node>('v1', 'Node', 'nodes', { cluster: true, short: ['no'] });
export const pods = row<t.Pod>('v1', 'Pod', 'pods', { short: ['po'], all: true });
export const services = row<t.Service>('v1', 'Service', 'services', { short: ['svc'], all: true });
export const endpoints = row<t.Endpoints>('v1', 'Endpoints', 'endpoints', { short: ['ep'] });
export const endpointSlices = row<t.EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices');
export const configMaps = row<t.ConfigMap>('v1', 'ConfigMap', 'configmaps', { short: ['cm'] });
export const secrets = row<t.Secret>('v1', 'Secret', 'secrets');
export const serviceAccounts = row<t.ServiceAccount>('v1', 'ServiceAccount', 'serviceaccounts', { short: ['sa'] });
/** core/v1 and events.k8s.io/v1 Events are the same objects; this row is the one that components write. */
export const events = row<t.CoreEvent>('v1', 'Event', 'events', { short: ['ev'] });
export const leases = row<t.Lease>('coordination.k8s.io/v1', 'Lease', 'leases');
export const deployments = row<t.Deployment>('apps/v1', 'Deployment', 'deployments', { short: ['deploy'], all: true });
export const replicaSets = row<t.ReplicaSet>('apps/v1', 'ReplicaSet', 'replicasets', { short: ['rs'], all: true });
export const replicationControllers = row<t.ReplicationController>(
  'v1',
  'ReplicationController',
  'replicationcontrollers',
  { short: ['rc'], all: true },
);
export const statefulSets = row<t.StatefulSet>('apps/v1', 'StatefulSet', 'statefulsets', { short: ['sts'], all: true });
export const controllerRevisions = row<t.ControllerRevision>('apps/v1', 'ControllerRevision', 'controllerrevisions');
export const persistentVolumes = row<t.PersistentVolume>('v1', 'PersistentVolume', 'persistentvolumes', {
  cluster: true,
  short: ['pv'],
});
export const persistentVolumeClaims = row<t.PersistentVolumeClaim>(
  'v1',
  'PersistentVolumeClaim',
  'persistentvolumeclaims',
  { short: ['pvc'] },
);
export const storageClasses = row<t.StorageClass>('storage.k8s.io/v1', 'StorageClass', 'storageclasses', {
  cluster: true,
  short: ['sc'],
});
export const csiDrivers = row<t.CSIDriver>('storage.k8s.io/v1', 'CSIDriver', 'csidrivers', { cluster: true });
export const csiNodes = row<t.CSINode>('storage.k8s.io/v1', 'CSINode', 'csinodes', { cluster: true });
export const csiStorageCapacities = row<t.CSIStorageCapacity>(
  'storage.k8s.io/v1',
  'CSIStorageCapacity',
  'csistoragecapacities',
);
export const volumeAttributesClasses = row<t.VolumeAttributesClass>(
  'storage.k8s.io/v1',
  'VolumeAttributesClass',
  'volumeattributesclasses',
  { cluster: true, short: ['vac'] },
);
export const volumeAttachments = row<t.VolumeAttachment>('storage.k8s.io/v1', 'VolumeAttachment', 'volumeattachments', {
  cluster: true,
});
export const horizontalPodAutoscalers = row<t.HorizontalPodAutoscaler>(
  'autoscaling/v2',
  'HorizontalPodAutoscaler',
  'horizontalpodautoscalers',
  { short: ['hpa'], all: true },
);
export const roles = row<t.Role>('rbac.authorization.k8s.io/v1', 'Role', 'roles');
export const clusterRoles = row<t.ClusterRole>('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', {
  cluster: true,
});
export const roleBindings = row<t.RoleBinding>('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings');
export const clusterRoleBindings = row<t.ClusterRoleBinding>(
  'rbac.authorization.k8s.io/v1',
  'ClusterRoleBinding',
  'clusterrolebindings',
  { cluster: true },
);
export const customResourceDefinitions = row<t.CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  { cluster: true, short: ['crd', 'crds'], extendsApi: true },
);
export const apiServices = row<t.APIService>('apiregistration.k8s.io/v1', 'APIService', 'apiservices', {
  cluster: true,
  extendsApi: true,
});
export const daemonSets = row<t.DaemonSet>('apps/v1', 'DaemonSet', 'daemonsets', { short: ['ds'], all: true });
export const jobs = row<t.Job>('batch/v1', 'Job', 'jobs', { all: true });
export const cronJobs = row<t.CronJob>('batch/v1', 'CronJob', 'cronjobs', { short: ['cj'], all: true });
export const podTemplates = row<t.PodTemplate>('v1', 'PodTemplate', 'podtemplates');
export const limitRanges = row<t.LimitRange>('v1', 'LimitRange', 'limitranges', { short: ['limits'] });
export const resourceQuotas = row<t.ResourceQuota>('v1', 'ResourceQuota', 'resourcequotas', { short: ['quota'] });
export const podDisruptionBudgets = row<t.PodDisruptionBudget>(
  'policy/v1',
  'PodDisruptionBudget',
  'poddisruptionbudgets',
  { short: ['pdb'] },
);
export const ingresses = row<t.Ingress>('networking.k8s.io/v1', 'Ingress', 'ingresses', { short: ['ing'] });
export const ingressClasses = row<t.IngressClass>('networking.k8s.io/v1', 'IngressClass', 'ingressclasses', {
  cluster: true,
});
export const networkPolicies = row<t.NetworkPolicy>('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies', {
  short: ['netpol'],
});
export const serviceCidrs = row<t.ServiceCIDR>('networking.k8s.io/v1', 'ServiceCIDR', 'servicecidrs', {
  cluster: true,
});
export const ipAddresses = row<t.IPAddress>('networking.k8s.io/v1', 'IPAddress', 'ipaddresses', {
  cluster: true,
  short: ['ip'],
});
export const priorityClasses = row<t.PriorityClass>('scheduling.k8s.io/v1', 'PriorityClass', 'priorityclasses', {
  cluster: true,
  short: ['pc'],
});
export const flowSchemas = row<t.FlowSchema>('flowcontrol.apiserver.k8s.io/v1', 'FlowSchema', 'flowschemas', {
  cluster: true,
});
export const priorityLevelConfigurations = row<t.PriorityLevelConfiguration>(
  'flowcontrol.apiserver.k8s.io/v1',
  'PriorityLevelConfiguration',
  'prioritylevelconfigurations',
  { cluster: true },
);
export const runtimeClasses = row<t.RuntimeClass>('node.k8s.io/v1', 'RuntimeClass', 'runtimeclasses', {
  cluster: true,
});
export const mutatingWebhookConfigurations = row<t.MutatingWebhookConfiguration>(
  'admissionregistration.k8s.io/v1',
  'MutatingWebhookConfiguration',
  'mutatingwebhookconfigurations',
  { cluster: true, extendsApi: true },
);
export const validatingWebhookConfigurations = row<t.ValidatingWebhookConfiguration>(
  'admissionregistration.k8s.io/v1',
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
  { cluster: true, extendsApi: true },
);
export const validatingAdmissionPolicies = row<t.ValidatingAdmissionPolicy>(
  'admissionregistration.k8s.io/v1',
  'ValidatingAdmissionPolicy',
  'validatingadmissionpolicies',
  { cluster: true, extendsApi: true },
);
export const validatingAdmissionPolicyBindings = row<t.ValidatingAdmissionPolicyBinding>(
  'admissionregistration.k8s.io/v1',
  'ValidatingAdmissionPolicyBinding',
  'validatingadmissionpolicybindings',
  { cluster: true, extendsApi: true },
);
export const mutatingAdmissionPolicies = row<t.MutatingAdmissionPolicy>(
  'admissionregistration.k8s.io/v1',
  'MutatingAdmissionPolicy',
  'mutatingadmissionpolicies',
  { cluster: true, extendsApi: true },
);
export const mutatingAdmissionPolicyBindings = row<t.MutatingAdmissionPolicyBinding>(
  'admissionregistration.k8s.io/v1',
  'MutatingAdmissionPolicyBinding',
  'mutatingadmissionpolicybindings',
  { cluster: true, extendsApi: true },
);
export const certificateSigningRequests = row<t.CertificateSigningRequest>(
  'certificates.k8s.io/v1',
  'CertificateSigningRequest',
  'certificatesigningrequests',
  { cluster: true, short: ['csr'] },
);
export const deviceClasses = row<t.DeviceClass>('resource.k8s.io/v1', 'DeviceClass', 'deviceclasses', {
  cluster: true,
});
export const resourceClaims = row<t.ResourceClaim>('resource.k8s.io/v1', 'ResourceClaim', 'resourceclaims');
export const resourceClaimTemplates = row<t.ResourceClaimTemplate>(
  'resource.k8s.io/v1',
  'ResourceClaimTemplate',
  'resourceclaimtemplates',
);
export const resourceSlices = row<t.ResourceSlice>('resource.k8s.io/v1', 'ResourceSlice', 'resourceslices', {
  cluster: true,
});
