import { createAlerts, type Alerts } from '../../../control-plane/alerts/create-alerts.ts';
import { Autoscaler } from '../../../control-plane/autoscale/autoscaler.ts';
import type { ApiExtension, ExtensionRequest } from '../../../control-plane/apiserver/extension.ts';
import { HttpsAgentClient } from '../../../control-plane/health/agent-client.ts';
import { createHealth, type Health } from '../../../control-plane/health/create-health.ts';
import { DecisionTap } from '../../../control-plane/health/decision-tap.ts';
import { SignalHub } from '../../../control-plane/health/signal-hub.ts';
import { createMetrics, type Metrics } from '../../../control-plane/metrics/create-metrics.ts';
import { systemChance } from '../../../control-plane/registry/chance.ts';
import { definitions } from '../../../control-plane/registry/definitions.ts';
import { LocalKubeClient } from '../../../control-plane/registry/local-client.ts';
import { Registry } from '../../../control-plane/registry/registry.ts';
import { MemoryStore } from '../../../control-plane/store/memory-store.ts';
import { SystemClock } from '../../../lib/clock.ts';
import type { Component } from '../../../lib/component.ts';
import { EventRecorder } from '../../../lib/kube/event-recorder.ts';
import * as resources from '../../../lib/kube/resources.ts';
import { SharedInformers } from '../../../lib/kube/shared-informers.ts';
import { kubeMicroTime, kubeTime } from '../../../lib/kube/time.ts';
import type { Node, Pod } from '../../../lib/kube/types.ts';
import { silentLog } from '../../../lib/log.ts';
import { nodeLeaseNamespace, systemNamespace } from '../../../lib/names.ts';
import { profiles } from '../../../lib/profiles.ts';
import type { ProbeRecord, TerminationRecord } from '../../../lib/signals/records.ts';
import { FakeAgent, testPki, type TestPki } from './fake-agent.ts';

/** The loops that watch a cluster, on the real registry and against agents that are real HTTPS servers. */
export class WatchedCluster {
  readonly client: LocalKubeClient;
  readonly agents = new Map<string, FakeAgent>();
  readonly documents: { readonly dataset: string; readonly document: Readonly<Record<string, unknown>> }[] = [];
  readonly #pki: TestPki;
  readonly #clock = new SystemClock();
  readonly #registry: readonly Component[];
  #loops: readonly Component[] = [];
  #stop = new AbortController();
  #agentClient: HttpsAgentClient | undefined;
  #built: { health: Health; metrics: Metrics; alerts: Alerts } | undefined;

  private constructor(pki: TestPki) {
    this.#pki = pki;
    const store = new MemoryStore();
    const registry = new Registry({ store, clock: this.#clock, chance: systemChance, log: silentLog, definitions });
    this.client = new LocalKubeClient(registry);
    this.#registry = [store, registry];
  }

  static async start(nodeNames: readonly string[]): Promise<WatchedCluster> {
    const cluster = new WatchedCluster(await testPki());
    for (const component of cluster.#registry) await component.start(AbortSignal.timeout(10_000));
    for (const name of ['default', systemNamespace, nodeLeaseNamespace]) {
      await cluster.client.create(resources.namespaces, { metadata: { name } });
    }
    for (const name of nodeNames) await cluster.#join(name);
    await cluster.startLoops();
    return cluster;
  }

  async startLoops(): Promise<void> {
    const clock = this.#clock;
    const log = silentLog;
    const client = this.client;
    this.#stop = new AbortController();
    const { ca, client: pair } = this.#pki;
    const agents = new HttpsAgentClient({ ca: ca.cert, ...pair });
    this.#agentClient = agents;
    const informers = new SharedInformers({ client, clock, log });
    const hub = new SignalHub();
    const records = new DecisionTap(
      { append: (dataset, document) => this.documents.push({ dataset, document }) },
      (decision) => hub.addDecision(decision),
    );
    const events = new EventRecorder({ client, clock, log, component: 'vigil' });
    const shared = { client, informers, events, records, agents, clock, log, clusterName: 'test' };
    const health = createHealth({ ...shared, hub, profile: profiles.vigil });
    const metrics = createMetrics(shared);
    const usage = metrics.metrics;
    const autoscaler = new Autoscaler({ ...shared, usage, profile: 'vigil' });
    const alerts = createAlerts({
      ...shared,
      sources: health.sources,
      logStore: { quarantinedBlocks: undefined },
      externalURL: 'https://127.0.0.1:6443',
    });
    this.#built = { health, metrics, alerts };
    this.#loops = [events, ...health.components, ...metrics.components, autoscaler, ...alerts.components, informers];
    for (const component of this.#loops) await component.start(this.#stop.signal);
  }

  async stopLoops(): Promise<void> {
    this.#stop.abort(new Error('the test stops the loops'));
    for (const component of this.#loops.toReversed()) await component.stop(AbortSignal.timeout(1_000));
    this.#agentClient?.close();
  }

  async stop(): Promise<void> {
    await this.stopLoops();
    for (const component of this.#registry.toReversed()) await component.stop(AbortSignal.timeout(1_000));
    for (const agent of this.agents.values()) await agent.close();
  }

  get health(): ApiExtension {
    return this.#parts.health.extension;
  }

  get metrics(): ApiExtension {
    return this.#parts.metrics.extension;
  }

  get alerts(): ApiExtension {
    return this.#parts.alerts.extension;
  }

  get memory(): Health['memory'] {
    return this.#parts.health.memory;
  }

  agent(node: string): FakeAgent {
    const agent = this.agents.get(node);
    if (!agent) throw new Error(`there is no ${node}`);
    return agent;
  }

  get #parts(): { health: Health; metrics: Metrics; alerts: Alerts } {
    if (!this.#built) throw new Error('the loops have not been started');
    return this.#built;
  }

  async #join(name: string): Promise<void> {
    const agent = await FakeAgent.start(this.#pki);
    this.agents.set(name, agent);
    await this.client.create(resources.nodes, { metadata: { name } });
    const now = kubeTime(this.#clock.now());
    const status = {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: agent.port } },
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: now, lastHeartbeatTime: now },
      ],
    } as unknown as Node['status'];
    await this.client.patch(resources.nodes, { name }, 'merge', { status }, { subresource: 'status' });
    await this.client.create(resources.leases, {
      metadata: { namespace: nodeLeaseNamespace, name },
      spec: { holderIdentity: name, leaseDurationSeconds: 3600, renewTime: kubeMicroTime(this.#clock.now()) },
    });
  }
}

/** What an extension answers with, asked as the API server would ask. */
export async function ask(
  extension: ApiExtension,
  request: Partial<ExtensionRequest> & Pick<ExtensionRequest, 'resource'>,
): Promise<unknown> {
  const answer = await extension.handle({
    verb: 'get',
    rest: [],
    query: new URLSearchParams(),
    body: undefined,
    user: { name: 'tester', groups: [] },
    may: () => Promise.resolve(true),
    signal: AbortSignal.timeout(20_000),
    ...request,
  });
  return 'lines' in answer ? answer.lines : answer.body;
}

interface Status {
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly lastExitCode?: number;
}

/** A pod's status as an agent reports it, for the container `hello`. */
export function podStatus({ ready = true, restartCount = 0, lastExitCode }: Status): Pod['status'] {
  const now = kubeTime(Date.now());
  const started = kubeTime(Date.now() - 60_000);
  return {
    phase: 'Running',
    podIP: '10.244.1.7',
    startTime: started,
    conditions: [
      { type: 'PodScheduled', status: 'True', lastTransitionTime: started },
      { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: ready ? started : now },
    ],
    containerStatuses: [
      {
        name: 'hello',
        image: 'demo:1',
        imageID: 'sha256:1',
        containerID: 'docker://1',
        ready,
        started: true,
        restartCount,
        state: { running: { startedAt: started } },
        ...(lastExitCode === undefined
          ? {}
          : {
              lastState: {
                terminated: { exitCode: lastExitCode, reason: 'Error', startedAt: started, finishedAt: now },
              },
            }),
      },
    ],
  };
}

const subjectOf = (pod: Pod) => ({
  namespace: 'default',
  pod: pod.metadata?.name ?? '',
  podUid: pod.metadata?.uid ?? '',
  container: 'hello',
  node: pod.spec?.nodeName ?? '',
  workload: { kind: 'Deployment', name: 'hello' },
});

export function probeRecord(pod: Pod, over: Partial<ProbeRecord> = {}): ProbeRecord {
  return {
    type: 'probe',
    ...subjectOf(pod),
    restartCount: 0,
    time: new Date().toISOString(),
    probe: 'readiness',
    check: 'GET :81/readiness',
    outcome: 'failure',
    run: 3,
    threshold: 3,
    action: 'none',
    latencyMs: 2,
    output: '503 db: connection refused',
    periodMs: 2_000,
    ...over,
  };
}

export function terminationRecord(pod: Pod, over: Partial<TerminationRecord> = {}): TerminationRecord {
  return {
    type: 'termination',
    ...subjectOf(pod),
    restartCount: 0,
    time: new Date().toISOString(),
    startedAt: new Date(Date.now() - 5_000).toISOString(),
    exitCode: 1,
    reason: 'Error',
    message: '',
    lastLines: ['starting', 'FATAL no database'],
    ...over,
  };
}
