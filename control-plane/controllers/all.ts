import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import { EventRecorder } from '../../lib/kube/event-recorder.ts';
import type { SharedInformers } from '../../lib/kube/shared-informers.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metrics.ts';
import type { Profile } from '../../lib/profiles.ts';
import { QueueMetrics } from '../../lib/queue-metrics.ts';
import { RecordedDecisions } from '../../lib/signals/decision-log.ts';
import type { RecordWriter } from '../../lib/signals/record-writer.ts';
import { noAggregatedKinds, type AggregatedKinds } from './aggregated-kinds.ts';
import { certificateApprover, type MayDo } from './certificates/approver.ts';
import { certificateController } from './certificates/signer.ts';
import { cronJobController } from './cron-job/controller.ts';
import { daemonSetController } from './daemon-set/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import type { ControllerDeps } from './deps.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { endpointsMirrorController } from './endpoints/mirror.ts';
import { garbageController } from './garbage/controller.ts';
import { jobController } from './job/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { namespaceDefaultsController } from './namespace/defaults.ts';
import { Heartbeats } from './node-lifecycle/heartbeats.ts';
import { NodeMonitor } from './node-lifecycle/monitor.ts';
import { taintEvictionController } from './node-lifecycle/taint-eviction.ts';
import { podGarbageController } from './pod-gc/controller.ts';
import { replicaSetController, replicationControllerController } from './replica-set/controller.ts';
import { resourceQuotaController } from './resource-quota/controller.ts';
import { resourceClaimMaker } from './resource-claim/making.ts';
import { resourceClaimReleaser } from './resource-claim/freeing.ts';
import { statefulSetController } from './stateful-set/controller.ts';
import { tokenCleanerController } from './token-cleaner.ts';
import { claimController } from './volumes/claim-controller.ts';
import { volumeController } from './volumes/volume-controller.ts';
import type { VolumeFolders } from './volumes/volume-folders.ts';

export interface ControllersOptions {
  readonly client: KubeClient;
  /** Started by the caller. Controllers ask for their informers here, so call `controllers` before `informers.start`, or after: both work. */
  readonly informers: SharedInformers;
  readonly clock: Clock;
  readonly log: Logger;
  readonly records: RecordWriter;
  readonly clusterName: string;
  readonly profile: Profile;
  readonly metrics?: Metrics | undefined;
  /** PEM of the cluster's CA, published in every namespace as the ConfigMap `kube-root-ca.crt`. */
  readonly caCert: string;
  /** The CA's certificate and key, PEM, read when something is to be signed; without it nothing is. */
  readonly ca?: (() => Promise<{ readonly cert: string; readonly key: string }>) | undefined;
  /** Whether somebody may do something; without it nobody's certificate requests are approved by themselves. */
  readonly mayDo?: MayDo | undefined;
  readonly volumeFolders: VolumeFolders;
  /** None when absent. */
  readonly aggregated?: AggregatedKinds | undefined;
}

/** All control loops of the cluster except the scheduler, in the order in which they start. */
export function controllers(options: ControllersOptions): Component[] {
  const { client, informers, clock, log, records, clusterName, profile } = options;
  const recorders: EventRecorder[] = [];
  const deps: ControllerDeps = {
    client,
    informers,
    clock,
    log,
    profile,
    aggregated: options.aggregated ?? noAggregatedKinds,
    queues: options.metrics && new QueueMetrics(options.metrics),
    records,
    clusterName,
    decisions: new RecordedDecisions(records, clusterName),
    eventsOf: (component) => {
      const recorder = new EventRecorder({ client, clock, log, component, records, clusterName });
      recorders.push(recorder);
      return recorder;
    },
  };
  const heartbeats = new Heartbeats(clock);
  const loops = [
    namespaceDefaultsController(deps, options.caCert),
    replicaSetController(deps),
    replicationControllerController(deps),
    deploymentController(deps),
    statefulSetController(deps),
    daemonSetController(deps),
    jobController(deps),
    cronJobController(deps),
    claimController(deps, options.volumeFolders),
    volumeController(deps, options.volumeFolders),
    resourceClaimMaker(deps),
    resourceClaimReleaser(deps),
    disruptionController(deps),
    endpointsController(deps),
    endpointsMirrorController(deps),
    new NodeMonitor(deps, heartbeats),
    taintEvictionController(deps, heartbeats),
    resourceQuotaController(deps),
    podGarbageController(deps),
    ...(options.ca ? [certificateController(deps, options.ca)] : []),
    ...(options.mayDo ? [certificateApprover(deps, options.mayDo)] : []),
    tokenCleanerController(deps),
    garbageController(deps),
    namespaceController(deps),
  ];
  return [...recorders, ...loops];
}
