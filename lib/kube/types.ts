import type * as k8s from '@kubernetes/client-node';

/**
 * The published Kubernetes types as they are on the wire: `Date` becomes an RFC 3339 string, renamed members (`_from`, `_continue`, `_default`)
 * get their real names back. Source: the generated models of `@kubernetes/client-node` (Kubernetes 1.36). Types only: nothing is loaded at run time.
 */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer U)[]
    ? Wire<U>[]
    : T extends object
      ? { [K in keyof T as K extends `_${infer R}` ? R : K]: Wire<T[K]> }
      : T;

export type ObjectMeta = Wire<k8s.V1ObjectMeta>;
export type OwnerReference = Wire<k8s.V1OwnerReference>;
export type LabelSelector = Wire<k8s.V1LabelSelector>;
export type Status = Wire<k8s.V1Status>;
export type StatusCause = Wire<k8s.V1StatusCause>;

/** Any API object. `metadata` is always there on what the API returns. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** A list as the API returns it. `metadata.resourceVersion` is where a watch that continues this list starts. */
export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion: string;
  kind: string;
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

export type WatchEvent<T extends KubeObject = KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly object: { kind: string; apiVersion: string; metadata: ObjectMeta } }
  | { readonly type: 'ERROR'; readonly object: Status };

export type Pod = Wire<k8s.V1Pod>;
export type PodSpec = Wire<k8s.V1PodSpec>;
export type PodStatus = Wire<k8s.V1PodStatus>;
export type PodCondition = Wire<k8s.V1PodCondition>;
export type PodTemplateSpec = Wire<k8s.V1PodTemplateSpec>;
export type Container = Wire<k8s.V1Container>;
export type EphemeralContainer = Wire<k8s.V1EphemeralContainer>;
export type ContainerStatus = Wire<k8s.V1ContainerStatus>;
export type ContainerState = Wire<k8s.V1ContainerState>;
export type Probe = Wire<k8s.V1Probe>;
export type Volume = Wire<k8s.V1Volume>;
export type Node = Wire<k8s.V1Node>;
export type NodeCondition = Wire<k8s.V1NodeCondition>;
export type Taint = Wire<k8s.V1Taint>;
export type Toleration = Wire<k8s.V1Toleration>;
export type Namespace = Wire<k8s.V1Namespace>;
export type Service = Wire<k8s.V1Service>;
export type ServicePort = Wire<k8s.V1ServicePort>;
export type Endpoints = Wire<k8s.V1Endpoints>;
export type EndpointSlice = Wire<k8s.V1EndpointSlice>;
export type ConfigMap = Wire<k8s.V1ConfigMap>;
export type Secret = Wire<k8s.V1Secret>;
export type ServiceAccount = Wire<k8s.V1ServiceAccount>;
export type CoreEvent = Wire<k8s.CoreV1Event>;
export type Lease = Wire<k8s.V1Lease>;
export type Deployment = Wire<k8s.V1Deployment>;
export type DeploymentCondition = Wire<k8s.V1DeploymentCondition>;
export type ReplicaSet = Wire<k8s.V1ReplicaSet>;
export type ReplicationController = Wire<k8s.V1ReplicationController>;
export type StatefulSet = Wire<k8s.V1StatefulSet>;
export type Ingress = Wire<k8s.V1Ingress>;
export type IngressClass = Wire<k8s.V1IngressClass>;
export type NetworkPolicy = Wire<k8s.V1NetworkPolicy>;
export type ServiceCIDR = Wire<k8s.V1ServiceCIDR>;
export type IPAddress = Wire<k8s.V1IPAddress>;
export type PodDisruptionBudget = Wire<k8s.V1PodDisruptionBudget>;
export type LimitRange = Wire<k8s.V1LimitRange>;
export type ResourceQuota = Wire<k8s.V1ResourceQuota>;
export type PriorityClass = Wire<k8s.V1PriorityClass>;
export type ComponentStatus = Wire<k8s.V1ComponentStatus>;
export type FlowSchema = Wire<k8s.V1FlowSchema>;
export type PriorityLevelConfiguration = Wire<k8s.V1PriorityLevelConfiguration>;
export type RuntimeClass = Wire<k8s.V1RuntimeClass>;
export type MutatingWebhookConfiguration = Wire<k8s.V1MutatingWebhookConfiguration>;
export type ValidatingWebhookConfiguration = Wire<k8s.V1ValidatingWebhookConfiguration>;
export type PodTemplate = Wire<k8s.V1PodTemplate>;
export type MutatingAdmissionPolicy = Wire<k8s.V1MutatingAdmissionPolicy>;
export type MutatingAdmissionPolicyBinding = Wire<k8s.V1MutatingAdmissionPolicyBinding>;
export type ValidatingAdmissionPolicy = Wire<k8s.V1ValidatingAdmissionPolicy>;
export type ValidatingAdmissionPolicyBinding = Wire<k8s.V1ValidatingAdmissionPolicyBinding>;
export type CertificateSigningRequest = Wire<k8s.V1CertificateSigningRequest>;
export type Job = Wire<k8s.V1Job>;
export type CronJob = Wire<k8s.V1CronJob>;
export type DaemonSet = Wire<k8s.V1DaemonSet>;
export type CustomResourceDefinition = Wire<k8s.V1CustomResourceDefinition>;
export type APIService = Wire<k8s.V1APIService>;
/** `data` is whatever the owner keeps of a revision. */
export type ControllerRevision = Omit<Wire<k8s.V1ControllerRevision>, 'data'> & { data?: unknown };
export type PersistentVolume = Wire<k8s.V1PersistentVolume>;
export type PersistentVolumeClaim = Wire<k8s.V1PersistentVolumeClaim>;
export type StorageClass = Wire<k8s.V1StorageClass>;
export type CSIDriver = Wire<k8s.V1CSIDriver>;
export type CSINode = Wire<k8s.V1CSINode>;
export type CSIStorageCapacity = Wire<k8s.V1CSIStorageCapacity>;
export type VolumeAttachment = Wire<k8s.V1VolumeAttachment>;
export type VolumeAttributesClass = Wire<k8s.V1VolumeAttributesClass>;
export type DeviceClass = Wire<k8s.V1DeviceClass>;
export type DeviceClassConfiguration = Wire<k8s.V1DeviceClassConfiguration>;
export type DeviceSelector = Wire<k8s.V1DeviceSelector>;
export type DeviceRequest = Wire<k8s.V1DeviceRequest>;
export type ExactDeviceRequest = Wire<k8s.V1ExactDeviceRequest>;
export type DeviceSubRequest = Wire<k8s.V1DeviceSubRequest>;
export type DeviceConstraint = Wire<k8s.V1DeviceConstraint>;
export type DeviceTaint = Wire<k8s.V1DeviceTaint>;
export type DeviceToleration = Wire<k8s.V1DeviceToleration>;
export type ResourceClaim = Wire<k8s.ResourceV1ResourceClaim>;
export type ResourceClaimSpec = Wire<k8s.V1ResourceClaimSpec>;
export type ResourceClaimConsumerReference = Wire<k8s.V1ResourceClaimConsumerReference>;
export type AllocationResult = Wire<k8s.V1AllocationResult>;
export type AllocatedDeviceStatus = Wire<k8s.V1AllocatedDeviceStatus>;
export type DeviceAllocationResult = Wire<k8s.V1DeviceAllocationResult>;
export type DeviceRequestAllocationResult = Wire<k8s.V1DeviceRequestAllocationResult>;
export type ResourceClaimTemplate = Wire<k8s.V1ResourceClaimTemplate>;
export type ResourceSlice = Wire<k8s.V1ResourceSlice>;
export type ResourceSliceSpec = Wire<k8s.V1ResourceSliceSpec>;
export type Device = Wire<k8s.V1Device>;
export type DeviceAttribute = Wire<k8s.V1DeviceAttribute>;
export type DeviceCapacity = Wire<k8s.V1DeviceCapacity>;
export type CapacityRequestPolicy = Wire<k8s.V1CapacityRequestPolicy>;
export type Scale = Wire<k8s.V1Scale>;
export type HorizontalPodAutoscaler = Wire<k8s.V2HorizontalPodAutoscaler>;
export type Role = Wire<k8s.V1Role>;
export type ClusterRole = Wire<k8s.V1ClusterRole>;
export type RoleBinding = Wire<k8s.V1RoleBinding>;
export type ClusterRoleBinding = Wire<k8s.V1ClusterRoleBinding>;
export type PolicyRule = Wire<k8s.V1PolicyRule>;
export type TokenReview = Wire<k8s.V1TokenReview>;
export type TokenRequest = Wire<k8s.AuthenticationV1TokenRequest>;
export type SubjectAccessReview = Wire<k8s.V1SubjectAccessReview>;
export type SelfSubjectAccessReview = Wire<k8s.V1SelfSubjectAccessReview>;
