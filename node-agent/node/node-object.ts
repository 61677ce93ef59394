import type { Node } from '../../lib/kube/types.ts';
import type { EngineInfo, ImageDetail } from '../runtime/runtime.ts';
import type { MachineFacts } from './machine.ts';

export interface NodeCapacityConfig {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: number;
}

export interface NodeIdentity {
  readonly nodeName: string;
  readonly nodeIP: string;
  readonly port: number;
  readonly podCIDR: string;
}

/** The version of Kubernetes whose kubelet this agent stands in for. */
const KUBELET_VERSION = 'v1.36.0';
/** Upstream's limit of images in a node's status. */
const MAX_IMAGES = 50;
const MAX_NAMES = 5;
/** Upstream's default, for nodes whose configuration does not say. */
const DEFAULT_MAX_PODS = 110;

export function nodeCapacity(configured: NodeCapacityConfig | undefined, machine: MachineFacts): NodeCapacityConfig {
  return (
    configured ?? {
      cpu: String(machine.cpus),
      memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
      pods: DEFAULT_MAX_PODS,
    }
  );
}

/** Labels that every kubelet sets. */
export function nodeLabels(nodeName: string, engine: EngineInfo): Record<string, string> {
  return {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': engine.os,
    'kubernetes.io/arch': engine.arch,
    'beta.kubernetes.io/os': engine.os,
    'beta.kubernetes.io/arch': engine.arch,
    'node.kubernetes.io/instance-type': 'vigil-docker',
  };
}

/** The object as it is registered, without status. */
export function newNode(identity: NodeIdentity, engine: EngineInfo): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: identity.nodeName, labels: nodeLabels(identity.nodeName, engine) },
    spec: { podCIDR: identity.podCIDR, podCIDRs: [identity.podCIDR] },
  };
}

/** Everything of a node's status but its conditions. */
export function nodeStatus(
  identity: NodeIdentity,
  capacity: NodeCapacityConfig,
  machine: MachineFacts,
  engine: EngineInfo,
  images: readonly ImageDetail[],
): NonNullable<Node['status']> {
  const amounts = { cpu: capacity.cpu, memory: capacity.memory, pods: String(capacity.pods) };
  return {
    capacity: amounts,
    allocatable: amounts,
    addresses: [
      { type: 'InternalIP', address: identity.nodeIP },
      { type: 'Hostname', address: identity.nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: identity.port } },
    nodeInfo: {
      machineID: machine.machineID,
      systemUUID: machine.systemUUID,
      bootID: machine.bootID,
      kernelVersion: engine.kernel,
      osImage: engine.osImage,
      containerRuntimeVersion: `docker://${engine.version}`,
      kubeletVersion: KUBELET_VERSION,
      kubeProxyVersion: '',
      operatingSystem: engine.os,
      architecture: engine.arch,
    },
    images: images
      .filter((image) => image.tags.length + image.digests.length > 0)
      .sort((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, MAX_IMAGES)
      .map((image) => ({ names: [...image.digests, ...image.tags].slice(0, MAX_NAMES), sizeBytes: image.sizeBytes })),
  };
}
