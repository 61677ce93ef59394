import type { KubeClient } from '../../../lib/kube/client.ts';
import * as resources from '../../../lib/kube/resources.ts';
import type { ResourceType } from '../../../lib/kube/resources.ts';
import type { KubeObject } from '../../../lib/kube/types.ts';
import { addCronJob, addDaemonSet, addJob } from './batch-state.ts';
import { addCertificateSigningRequest } from './certificate-state.ts';
import { MetricText } from './metric-text.ts';
import { addEndpointSlice, addIngress } from './network-state.ts';
import { addNode } from './node-state.ts';
import { addPod } from './pod-state.ts';
import { addLimitRange, addNetworkPolicy, addPodDisruptionBudget, addResourceQuota } from './policy-state.ts';
import { addConfigMap, addEndpoints, addLease, addNamespace, addSecret, addService } from './service-state.ts';
import {
  addPersistentVolume,
  addPersistentVolumeClaim,
  addStatefulSet,
  addStorageClass,
  addVolumeAttachment,
} from './storage-state.ts';
import { addAutoscaler, addDeployment, addReplicaSet, addReplicationController } from './workload-state.ts';

/**
 * The state of all objects as metrics, by the names of kube-state-metrics, in Prometheus' text format. Reads through the client: in the control plane's own
 * process that copies nothing, so no cache is kept for it.
 */
export async function stateMetrics(client: KubeClient, signal: AbortSignal): Promise<string> {
  const text = new MetricText();
  const each = async <T extends KubeObject>(resource: ResourceType<T>, add: (text: MetricText, object: T) => void) => {
    for (const object of (await client.list(resource, {}, signal)).items) add(text, object);
  };
  await each(resources.namespaces, addNamespace);
  await each(resources.nodes, addNode);
  await each(resources.leases, addLease);
  await each(resources.pods, addPod);
  await each(resources.deployments, addDeployment);
  await each(resources.replicaSets, addReplicaSet);
  await each(resources.statefulSets, addStatefulSet);
  await each(resources.daemonSets, addDaemonSet);
  await each(resources.jobs, addJob);
  await each(resources.cronJobs, addCronJob);
  await each(resources.replicationControllers, addReplicationController);
  await each(resources.persistentVolumes, addPersistentVolume);
  await each(resources.persistentVolumeClaims, addPersistentVolumeClaim);
  await each(resources.storageClasses, addStorageClass);
  await each(resources.volumeAttachments, addVolumeAttachment);
  await each(resources.horizontalPodAutoscalers, addAutoscaler);
  await each(resources.services, addService);
  await each(resources.endpoints, addEndpoints);
  await each(resources.endpointSlices, addEndpointSlice);
  await each(resources.ingresses, addIngress);
  await each(resources.networkPolicies, addNetworkPolicy);
  await each(resources.podDisruptionBudgets, addPodDisruptionBudget);
  await each(resources.resourceQuotas, addResourceQuota);
  await each(resources.limitRanges, addLimitRange);
  await each(resources.certificateSigningRequests, addCertificateSigningRequest);
  await each(resources.configMaps, addConfigMap);
  await each(resources.secrets, addSecret);
  return text.toString();
}
