import type { Deployment, Node, ObjectMeta, Pod, ReplicaSet } from '../../lib/kube/types.ts';
import { kubeTime } from '../../lib/kube/time.ts';

/** Objects for tests: whatever a test does not say has an unremarkable value. */

export const testNowMs = 1_700_000_000_000;

let serial = 0;

function meta(name: string, over: ObjectMeta = {}): ObjectMeta {
  serial++;
  return {
    name,
    namespace: 'default',
    uid: `uid-${name}`,
    resourceVersion: String(serial),
    generation: 1,
    creationTimestamp: kubeTime(testNowMs - 3_600_000),
    ...over,
  };
}

export interface PodOptions {
  readonly name?: string;
  readonly meta?: ObjectMeta;
  readonly labels?: Record<string, string>;
  readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly node?: string;
  readonly phase?: string;
  /** Absent: the pod is not ready. */
  readonly readySinceMs?: number;
  readonly ip?: string;
  readonly restarts?: number;
  readonly requests?: Record<string, string>;
  readonly spec?: Partial<NonNullable<Pod['spec']>>;
  readonly deleting?: boolean;
}

export function pod(options: PodOptions = {}): Pod {
  const { owner, node, restarts, ip, readySinceMs } = options;
  const ready = readySinceMs !== undefined;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta(options.name ?? 'a-pod', {
      labels: options.labels ?? { app: 'hello' },
      ...(owner
        ? { ownerReferences: [{ apiVersion: 'apps/v1', ...owner, controller: true, blockOwnerDeletion: true }] }
        : {}),
      ...(options.deleting ? { deletionTimestamp: kubeTime(testNowMs) } : {}),
      ...options.meta,
    }),
    spec: {
      containers: [
        { name: 'main', image: 'hello', ...(options.requests ? { resources: { requests: options.requests } } : {}) },
      ],
      ...(node ? { nodeName: node } : {}),
      ...options.spec,
    },
    status: {
      phase: options.phase ?? (node ? 'Running' : 'Pending'),
      ...(ip ? { podIP: ip } : {}),
      ...(restarts === undefined
        ? {}
        : {
            containerStatuses: [
              { name: 'main', image: 'hello', imageID: '', ready, restartCount: restarts, state: { running: {} } },
            ],
          }),
      conditions: [
        {
          type: 'Ready',
          status: ready ? 'True' : 'False',
          ...(ready ? { lastTransitionTime: kubeTime(readySinceMs) } : {}),
        },
      ],
    },
  };
}

export interface NodeOptions {
  readonly name?: string;
  readonly labels?: Record<string, string>;
  readonly allocatable?: Record<string, string>;
  readonly ready?: 'True' | 'False' | 'Unknown' | 'never';
  readonly spec?: Node['spec'];
}

export function node(options: NodeOptions = {}): Node {
  const name = options.name ?? 'node-1';
  const ready = options.ready ?? 'True';
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      ...meta(name),
      namespace: undefined,
      labels: { 'kubernetes.io/hostname': name, ...options.labels },
    },
    spec: options.spec ?? {},
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...options.allocatable },
      conditions:
        ready === 'never'
          ? []
          : [{ type: 'Ready', status: ready, lastHeartbeatTime: kubeTime(testNowMs), reason: 'KubeletReady' }],
    },
  };
}

export interface ReplicaSetOptions {
  readonly name?: string;
  readonly meta?: ObjectMeta;
  readonly replicas?: number;
  readonly image?: string;
  readonly annotations?: Record<string, string>;
  readonly minReadySeconds?: number;
  readonly status?: ReplicaSet['status'];
}

const template = (image: string) => ({
  metadata: { labels: { app: 'hello' } },
  spec: { containers: [{ name: 'main', image }] },
});

export function replicaSet(options: ReplicaSetOptions = {}): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: meta(options.name ?? 'hello-1', {
      labels: { app: 'hello' },
      ...(options.annotations ? { annotations: options.annotations } : {}),
      ...options.meta,
    }),
    spec: {
      replicas: options.replicas ?? 3,
      minReadySeconds: options.minReadySeconds ?? 0,
      selector: { matchLabels: { app: 'hello' } },
      template: template(options.image ?? 'hello:1'),
    },
    ...(options.status ? { status: options.status } : {}),
  };
}

export interface DeploymentOptions {
  readonly name?: string;
  readonly meta?: ObjectMeta;
  readonly replicas?: number;
  readonly image?: string;
  readonly spec?: Partial<NonNullable<Deployment['spec']>>;
  readonly status?: Deployment['status'];
}

export function deployment(options: DeploymentOptions = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta(options.name ?? 'hello', options.meta),
    spec: {
      replicas: options.replicas ?? 3,
      selector: { matchLabels: { app: 'hello' } },
      template: template(options.image ?? 'hello:1'),
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      ...options.spec,
    },
    ...(options.status ? { status: options.status } : {}),
  };
}
