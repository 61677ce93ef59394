import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import type { SharedInformers } from '../../lib/kube/shared-informers.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metrics.ts';
import type { Profile } from '../../lib/profiles.ts';
import type { RecordWriter } from '../../lib/signals/record-writer.ts';
import type { ApiExtension } from '../apiserver/extension.ts';
import type { AgentClient } from './agent-client.ts';
import { AgentSignals } from './agent-signals.ts';
import { healthExtension } from './api/health-extension.ts';
import type { HealthSources } from './api/summaries.ts';
import { ClusterView } from './cluster-view.ts';
import { Decisions, type EventSink } from './decisions.ts';
import { HealthLoop } from './health-loop.ts';
import { registerHealthMetrics } from './health-metrics.ts';
import { Judge } from './judge.ts';
import { NodeFailureMemory } from './node-failures.ts';
import { ServiceMembership } from './service-membership.ts';
import type { SignalHub } from './signal-hub.ts';

export interface HealthOptions {
  readonly client: KubeClient;
  /** Ask for this before the informers are started. */
  readonly informers: SharedInformers;
  readonly events: EventSink;
  /** Should be a `DecisionTap` on `hub`, so that timelines show what all parts of the control plane decide. */
  readonly records: RecordWriter;
  readonly hub: SignalHub;
  readonly agents: AgentClient;
  readonly profile: Profile;
  readonly clusterName: string;
  readonly metrics?: Metrics | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Health {
  /** In the order in which they are started. */
  readonly components: readonly Component[];
  readonly extension: ApiExtension;
  /** For the scheduler. */
  readonly memory: NodeFailureMemory;
  /** For the alerts. */
  readonly sources: HealthSources;
}

/** Builds the health loop. Nothing runs until its components are started. */
export function createHealth(options: HealthOptions): Health {
  const { client, hub, clock, log, profile } = options;
  const now = () => clock.now();
  const view = new ClusterView(options.informers);
  if (options.metrics) registerHealthMetrics(options.metrics, hub, view);
  const memory = new NodeFailureMemory({ windowMs: profile.failureMemoryMs, now });
  const judge = new Judge({ hub, view, memory, clock });
  const decisions = new Decisions(options);
  const membership = new ServiceMembership({ view, judge, decisions, now });
  const loop = new HealthLoop({ client, view, memory, decisions, profile, clock, log, hub, membership });
  const signals = new AgentSignals({ nodes: view.nodes, client: options.agents, hub, clock, log });
  const sources: HealthSources = { view, hub, judge, memory, clock };
  return { components: [loop, signals], extension: healthExtension(sources), memory, sources };
}
