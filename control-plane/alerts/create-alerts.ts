import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import type { EventRecorder } from '../../lib/kube/event-recorder.ts';
import type { Logger } from '../../lib/log.ts';
import { metricNames } from '../../lib/metric-names.ts';
import type { Metrics } from '../../lib/metrics.ts';
import type { RecordWriter } from '../../lib/signals/record-writer.ts';
import type { ApiExtension } from '../apiserver/extension.ts';
import type { AgentClient } from '../health/agent-client.ts';
import type { HealthSources } from '../health/api/summaries.ts';
import { AlertLoop, type LogStoreDamage } from './alert-loop.ts';
import { AlertMemory } from './alert-memory.ts';
import { AlertTeller } from './alert-teller.ts';
import { AlertingConfigWatch } from './alerting-config-watch.ts';
import { alertsExtension } from './alerts-extension.ts';
import { allRules } from './all-rules.ts';
import { AgentLogTail } from './log-tail.ts';
import { Notifier } from './notify/notifier.ts';
import { postJson } from './notify/post-json.ts';

export interface Alerts {
  /** In the order in which they are started. */
  readonly components: readonly Component[];
  readonly extension: ApiExtension;
}

/** Builds rules, evaluation and delivery. Nothing runs until the components are started. */
export function createAlerts(options: {
  readonly client: KubeClient;
  /** Of the health loop. */
  readonly sources: HealthSources;
  readonly logStore: LogStoreDamage;
  readonly agents: AgentClient;
  readonly events: Pick<EventRecorder, 'event'>;
  readonly records: RecordWriter;
  readonly clusterName: string;
  readonly metrics?: Metrics | undefined;
  /** Where receivers find this cluster's API. */
  readonly externalURL: string;
  readonly clock: Clock;
  readonly log: Logger;
}): Alerts {
  const { client, sources, logStore, agents, events, records, clusterName, externalURL, clock, log, metrics } = options;
  const notifications = metrics?.counter(metricNames.alertNotifications);
  const config = new AlertingConfigWatch({ client, rules: allRules, events, clock, log });
  const notifier = new Notifier({
    post: postJson,
    clock,
    log,
    externalURL,
    onDelivery: (fingerprints, delivery, isFinal) => {
      notifications?.inc({ receiver: delivery.receiver, result: delivery.ok ? 'delivered' : 'failed' });
      loop.delivered(fingerprints, delivery, isFinal);
    },
  });
  const loop = new AlertLoop({
    sources,
    logStore,
    rules: allRules,
    config,
    memory: new AlertMemory(client, log),
    notifier,
    teller: new AlertTeller({ records, events, clusterName, clock, log }),
    tail: new AgentLogTail({ nodes: sources.view.nodes, client: agents }),
    clock,
    log,
  });
  metrics?.gauge(metricNames.alerts, (gauge) => {
    gauge.reset();
    for (const { name, severity, state } of loop.list()) {
      if (state !== 'resolved') gauge.inc({ alertname: name, severity, state });
    }
  });
  return { components: [config, notifier, loop], extension: alertsExtension(loop, clock) };
}
