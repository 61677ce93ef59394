import { labelMatcher, labelsMatcher, type LabelMatcher } from '../../../lib/kube/label-selector.ts';
import { replicaSets, replicationControllers, type ResourceType } from '../../../lib/kube/resources.ts';
import type { KubeObject, ReplicaSet, ReplicationController } from '../../../lib/kube/types.ts';

/** In what the two kinds that keep a number of equal pods differ. */
export interface ReplicatedKind<T extends KubeObject> {
  readonly resource: ResourceType<T>;
  /** Name of the work queue in metrics and logs. */
  readonly queue: string;
  readonly eventSource: string;
  readonly selectorOf: (object: T) => LabelMatcher;
  /** Whether the status says how many pods are going. */
  readonly countsTerminating: boolean;
}

export const replicaSetKind: ReplicatedKind<ReplicaSet> = {
  resource: replicaSets,
  queue: 'replicaset',
  eventSource: 'replicaset-controller',
  selectorOf: ({ spec }) => labelMatcher(spec?.selector),
  countsTerminating: true,
};

export const replicationControllerKind: ReplicatedKind<ReplicationController> = {
  resource: replicationControllers,
  queue: 'replicationmanager',
  eventSource: 'replication-controller',
  selectorOf: ({ spec }) => labelsMatcher(spec?.selector ?? {}),
  countsTerminating: false,
};
