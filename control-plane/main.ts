import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import type { Registry } from 'prom-client';
import { SystemClock, type Clock } from '../lib/clock.ts';
import { runComponents, terminationSignal, type Component } from '../lib/component.ts';
import type { ControlPlaneConfig } from '../lib/config/control-plane.ts';
import { messageOf } from '../lib/errors.ts';
import type { KubeClient } from '../lib/kube/client.ts';
import { EventRecorder } from '../lib/kube/event-recorder.ts';
import { LeaderElection } from '../lib/kube/leader-election.ts';
import { SharedInformers } from '../lib/kube/shared-informers.ts';
import { startLean } from '../lib/lean-start.ts';
import { createLog, type Logger } from '../lib/log.ts';
import { Metrics } from '../lib/metrics.ts';
import { MetricsRegistry, collectProcessMetrics } from '../lib/prometheus.ts';
import { profiles } from '../lib/profiles.ts';
import { RecordSpool } from '../lib/signals/record-spool.ts';
import type { RecordWriter } from '../lib/signals/record-writer.ts';
import { yaml } from '../lib/lazy-yaml.ts';
import { createAlerts } from './alerts/create-alerts.ts';
import { Auditor } from './apiserver/audit/auditor.ts';
import { defaultPolicy, parseAuditPolicy, type AuditRule } from './apiserver/audit/audit-policy.ts';
import type { ApiExtension } from './apiserver/extension.ts';
import { assemble } from './apiserver/assemble.ts';
import { Autoscaler } from './autoscale/autoscaler.ts';
import type { AggregatedKinds } from './controllers/aggregated-kinds.ts';
import { controllers } from './controllers/all.ts';
import type { MayDo } from './controllers/certificates/approver.ts';
import { HttpsAgentClient } from './health/agent-client.ts';
import { AgentVolumeFolders } from './health/agent-volume-folders.ts';
import { createHealth } from './health/create-health.ts';
import { DecisionTap } from './health/decision-tap.ts';
import { SignalHub } from './health/signal-hub.ts';
import { logSearchExtension } from './logs/extension.ts';
import { storeAddress } from './logs/store-address.ts';
import { LogStoreConditionWatch } from './logs/store-condition.ts';
import { LogStoreClient } from './logs/store-client.ts';
import { createMetrics } from './metrics/create-metrics.ts';
import { stateMetrics } from './metrics/state/state-metrics.ts';
import { ApiServerLeases } from './apiserver/system/api-server-leases.ts';
import { KubernetesService } from './apiserver/system/kubernetes-service.ts';
import { restore } from './registry/restore.ts';
import { Scheduler } from './scheduler/scheduler.ts';

/** What every loop of the control plane is given. */
interface Platform {
  readonly config: ControlPlaneConfig;
  readonly clock: Clock;
  readonly log: Logger;
  /** The registry itself, without HTTP, and behind it the aggregated servers. */
  readonly client: KubeClient;
  readonly aggregated: AggregatedKinds;
  /** One cache of each kind, shared by all loops. */
  readonly informers: SharedInformers;
  readonly metrics: Registry;
  readonly mayDo: MayDo;
}

interface Loops {
  /** What every control plane has, also one that does not decide. */
  readonly always: readonly Component[];
  /** Started in this order when the API serves, stopped in the reverse order. */
  readonly components: readonly Component[];
  /** API groups that are computed rather than stored. */
  readonly extensions: readonly ApiExtension[];
  /** Where account of requests is kept. */
  readonly records: RecordWriter;
}

/** Everything that works on the API. Informers are asked for here, before they are started. */
function loopsOf({ config, clock, log, client, aggregated, informers, metrics: registry, mayDo }: Platform): Loops {
  const { clusterName, pki } = config;
  const text = (path: string) => readFileSync(path, 'utf8');
  const metrics = new Metrics(registry);
  const profile = profiles[config.profile];
  const spool = new RecordSpool({ dir: config.recordsDir, clock, log });
  const hub = new SignalHub();
  // Whoever decides something, the health loop's timelines show it.
  const records = new DecisionTap(spool, (decision) => hub.addDecision(decision));
  const agents = new HttpsAgentClient({
    ca: text(pki.caCert),
    cert: text(pki.agentClientCert),
    key: text(pki.agentClientKey),
  });
  const eventsOf = (component: string) => new EventRecorder({ client, clock, log, component, records, clusterName });
  const healthEvents = eventsOf('health');
  const alertEvents = eventsOf('alerts');
  const autoscaleEvents = eventsOf('horizontal-pod-autoscaler');
  const common = { client, informers, clock, log, records, clusterName };

  const health = createHealth({ ...common, events: healthEvents, hub, agents, profile, metrics });
  const usage = createMetrics({ informers, agents, clock, log });
  const { logStore } = config;
  const store =
    logStore.kind === 'none' ? undefined : new LogStoreClient((signal) => storeAddress(logStore, client, signal));
  const condition = store && new LogStoreConditionWatch(store, clock, log);
  const alerts = createAlerts({
    ...common,
    sources: health.sources,
    logStore: condition ?? { quarantinedBlocks: undefined },
    agents,
    events: alertEvents,
    metrics,
    externalURL: config.advertiseURL,
  });
  const scheduler = new Scheduler({ ...common, failures: health.memory, metrics });
  const autoscaler = new Autoscaler({
    ...common,
    usage: usage.metrics,
    events: autoscaleEvents,
    profile: config.profile,
  });
  const closing: Component = {
    name: 'connections to agents and log store',
    start: () => Promise.resolve(),
    stop: () => {
      agents.close();
      store?.close();
      return Promise.resolve();
    },
  };
  return {
    always: [spool, closing],
    components: [
      healthEvents,
      alertEvents,
      autoscaleEvents,
      ...controllers({
        ...common,
        profile,
        metrics,
        caCert: text(pki.caCert),
        ca: async () => ({ cert: await readFile(pki.caCert, 'utf8'), key: await readFile(pki.caKey, 'utf8') }),
        mayDo,
        volumeFolders: new AgentVolumeFolders(agents),
        aggregated,
      }),
      scheduler,
      ...health.components,
      ...usage.components,
      ...(condition ? [condition] : []),
      ...alerts.components,
      autoscaler,
    ],
    records: spool,
    extensions: [usage.extension, health.extension, alerts.extension, logSearchExtension(store, client, clock)],
  };
}

/** The rules of the policy's file (YAML or JSON), or the usual ones. */
function auditRules(file: string | undefined): readonly AuditRule[] {
  return file === undefined ? defaultPolicy : parseAuditPolicy(yaml().parse(readFileSync(file, 'utf8')));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, restore: { type: 'string' }, 'encryption-config': { type: 'string' } },
  });
  if (values.config === undefined)
    throw new Error('usage: node control-plane/main.ts --config FILE [--restore BACKUP [--encryption-config FILE]]');
  await startLean([new URL('./store/sqlite-worker.ts', import.meta.url)]);
  const config = JSON.parse(readFileSync(values.config, 'utf8')) as ControlPlaneConfig;
  const clock = new SystemClock();
  const log = createLog('control-plane', config.logLevel);
  if (values.restore !== undefined) {
    const source = { file: values.restore, encryptionConfigFile: values['encryption-config'] };
    await restore(config, source, clock, log);
    return;
  }
  const metrics = new MetricsRegistry();
  collectProcessMetrics(metrics, true);
  const lost = new AbortController();
  const signal = AbortSignal.any([terminationSignal(), lost.signal]);

  const core = await assemble({ config, clock, log, metrics, onStoreLost: () => lost.abort() });
  const { client, kinds: aggregated } = core.aggregated;
  const informers = new SharedInformers({ client, clock, log });
  const loops = loopsOf({ config, clock, log, client, aggregated, informers, metrics, mayDo: core.mayDo });
  const server = core.server(
    loops.extensions,
    new Map([['state', (ending: AbortSignal) => stateMetrics(client, ending)]]),
    new Auditor(auditRules(config.auditPolicyFile), loops.records, config.clusterName),
  );
  const started: Component = {
    name: 'announcement',
    start: () => {
      log.info({ cluster: config.clusterName, listen: config.listen, port: server.port }, 'the control plane serves');
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  };
  // On etcd there may be several control planes: all serve, one decides.
  const elected = (components: readonly Component[]) =>
    new LeaderElection({
      client,
      clock,
      log,
      namespace: 'kube-system',
      name: 'vigil-control-plane',
      identity: `${hostname()}_${randomUUID()}`,
      components,
      onLost: () => lost.abort(),
    });
  const leases =
    config.store.engine === 'etcd' ? new ApiServerLeases({ client, clock, log, hostname: hostname() }) : undefined;
  const service = new KubernetesService(client, config, () => server.port, leases);
  const leading = config.store.engine === 'etcd' ? [elected(loops.components)] : loops.components;
  await runComponents(
    [...core.components, ...loops.always, server, service, started, informers, ...leading],
    log,
    signal,
  );
  if (lost.signal.aborted) throw new Error('the store has ended, or the lead was lost');
}

main().then(
  // Whatever a library still holds open must not keep a stopped process alive.
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`control plane: ${messageOf(error)}\n`);
    process.exit(1);
  },
);
