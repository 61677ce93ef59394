import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { nodes, pods } from '../../lib/kube/resources.ts';
import type { SharedInformers } from '../../lib/kube/shared-informers.ts';
import type { Logger } from '../../lib/log.ts';
import type { ApiExtension } from '../apiserver/extension.ts';
import type { AgentClient } from '../health/agent-client.ts';
import { metricsExtension } from './metrics-extension.ts';
import { ResourceMetrics } from './resource-metrics.ts';
import { ResourcePoller } from './resource-poller.ts';

export interface Metrics {
  readonly components: readonly Component[];
  readonly extension: ApiExtension;
  /** For the autoscaler. */
  readonly metrics: ResourceMetrics;
}

/** Builds the resource metrics. Nothing runs until its components are started. */
export function createMetrics(options: {
  readonly informers: SharedInformers;
  readonly agents: AgentClient;
  readonly clock: Clock;
  readonly log: Logger;
}): Metrics {
  const { informers, agents, clock, log } = options;
  const metrics = new ResourceMetrics(() => clock.now());
  const sources = { nodes: informers.of(nodes), pods: informers.of(pods), metrics };
  const poller = new ResourcePoller({ nodes: sources.nodes, client: agents, metrics, clock, log });
  return { components: [poller], extension: metricsExtension(sources), metrics };
}
