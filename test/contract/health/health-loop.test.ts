import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlertList } from '../../../lib/alerts-api.ts';
import type { HealthChange, HealthSummary, PodHealth, Timeline, WorkloadHealth } from '../../../lib/health-api.ts';
import {
  deployments,
  events,
  horizontalPodAutoscalers,
  pods,
  replicaSets,
  services,
} from '../../../lib/kube/resources.ts';
import { configMaps } from '../../../lib/kube/resources.ts';
import { controllerRef } from '../../../lib/kube/owner.ts';
import { kubeTime } from '../../../lib/kube/time.ts';
import type { Deployment, Pod, ReplicaSet } from '../../../lib/kube/types.ts';
import { alertingConfigMap, systemNamespace } from '../../../lib/names.ts';
import { eventually } from '../../support/eventually.ts';
import { receiver, type Receiver } from '../../support/webhook-receiver.ts';
import { ask, podStatus, probeRecord, terminationRecord, WatchedCluster } from './watched-cluster.ts';

const labels = { app: 'hello' };
const template = {
  metadata: { labels },
  spec: {
    containers: [
      {
        name: 'hello',
        image: 'demo:1',
        resources: { requests: { cpu: '100m' } },
        readinessProbe: { httpGet: { path: '/readiness', port: 81 }, periodSeconds: 2 },
      },
    ],
  },
};

let cluster: WatchedCluster;
let hook: Receiver;
let deployment: Deployment;
let replicaSet: ReplicaSet;
const members = new Map<string, Pod>();

async function addPod(name: string, node: string, status: Pod['status'] = podStatus({})): Promise<Pod> {
  const owner = controllerRef(replicaSets, replicaSet);
  const pod = await cluster.client.create(pods, {
    metadata: { name, namespace: 'default', labels, ownerReferences: [owner] },
    spec: { ...template.spec, nodeName: node },
  });
  await setStatus(name, status);
  members.set(name, pod);
  return pod;
}

function setStatus(name: string, status: Pod['status']): Promise<Pod> {
  return cluster.client.patch(pods, { namespace: 'default', name }, 'merge', { status }, { subresource: 'status' });
}

function member(name: string): Pod {
  const pod = members.get(name);
  if (!pod) throw new Error(`there is no pod ${name}`);
  return pod;
}

const podHealth = async (name: string) =>
  (await ask(cluster.health, { resource: 'pods', namespace: 'default', name })) as PodHealth;
const workloadHealth = async () =>
  (await ask(cluster.health, { resource: 'workloads', namespace: 'default', name: 'hello' })) as WorkloadHealth;
const messages = async () =>
  (await cluster.client.list(events, { namespace: 'default' })).items.map((event) => event.message ?? '');

beforeAll(async () => {
  cluster = await WatchedCluster.start(['node-1', 'node-2', 'node-3']);
  hook = await receiver();
  const { client } = cluster;
  deployment = await client.create(deployments, {
    metadata: { name: 'hello', namespace: 'default' },
    spec: { replicas: 3, selector: { matchLabels: labels }, template },
  });
  const rollout = { observedGeneration: 1, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 };
  await client.patch(
    deployments,
    { namespace: 'default', name: 'hello' },
    'merge',
    { status: rollout },
    { subresource: 'status' },
  );
  replicaSet = await client.create(replicaSets, {
    metadata: {
      name: 'hello-1',
      namespace: 'default',
      labels,
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      ownerReferences: [controllerRef(deployments, deployment)],
    },
    spec: { replicas: 3, selector: { matchLabels: labels }, template },
  });
  await client.create(services, {
    metadata: { name: 'hello', namespace: 'default' },
    spec: { selector: labels, ports: [{ port: 80, protocol: 'TCP' }] },
  });
  for (const n of [1, 2, 3]) await addPod(`hello-1-${n}`, `node-${n}`);
  await eventually('all agents are heard', () =>
    [...cluster.agents.values()].every((agent) => agent.streamCount === 1),
  );
});

afterAll(async () => {
  await cluster.stop();
  await hook.close();
});

describe('health', () => {
  test('what is well is healthy, nodes included', async () => {
    const summary = await eventually('three are ready and all agents are heard', async () => {
      const found = (await ask(cluster.health, { resource: 'summary' })) as HealthSummary;
      const isKnown = found.workloads.find((one) => one.name === 'hello')?.ready === 3;
      return isKnown && found.nodes.every((node) => node.connected) && found;
    });
    expect(summary.workloads).toMatchObject([
      { kind: 'Deployment', name: 'hello', desired: 3, state: 'healthy', why: '' },
    ]);
    expect(summary.nodes.map((node) => [node.name, node.ready, node.state, node.connected])).toEqual([
      ['node-1', 'True', 'healthy', true],
      ['node-2', 'True', 'healthy', true],
      ['node-3', 'True', 'healthy', true],
    ]);
  });

  test('a readiness probe that fails is the reason of the pod and of the workload, and the pod leaves its Service with an Event', async () => {
    const pod = member('hello-1-1');
    cluster.agent('node-1').say(probeRecord(pod, { outcome: 'success', run: 9, threshold: 1, output: '200 ok' }));
    for (const run of [1, 2, 3]) {
      cluster.agent('node-1').say(probeRecord(pod, { run, action: run === 3 ? 'became-not-ready' : 'none' }));
    }
    await eventually('the failures are known', async () => (await podHealth('hello-1-1')).state === 'failing');
    await setStatus('hello-1-1', podStatus({ ready: false }));
    const why = 'readiness of hello-1-1: 503 "db: connection refused" (3 in a row, threshold 3)';
    const health = await eventually('it is out of service', async () => {
      const found = await podHealth('hello-1-1');
      return found.decisions.length > 0 && found;
    });
    expect(health).toMatchObject({ state: 'failing', why, ready: false });
    expect(health.containers[0]?.probes[0]).toMatchObject({
      probe: 'readiness',
      state: 'failed',
      run: 3,
      failureThreshold: 3,
    });
    expect(health.containers[0]?.probes[0]?.records).toHaveLength(4);
    expect(health.decisions[0]).toMatchObject({
      decision: 'OutOfService',
      reason: `taken out of Service hello (2 endpoints left): ${why}`,
    });
    expect((await workloadHealth()).workload).toMatchObject({ state: 'degraded', ready: 2, why });
    await eventually('the Event is written', async () =>
      (await messages()).some((text) => text.includes('2 endpoints left')),
    );
  });

  test('an agent that begins a new epoch is heard from its first signal on', async () => {
    cluster.agent('node-1').restart('epoch-2');
    cluster.agent('node-1').say(probeRecord(member('hello-1-1'), { run: 4 }));
    await eventually('the new signal is known', async () => {
      const probe = (await podHealth('hello-1-1')).containers[0]?.probes[0];
      return probe?.run === 4 && probe.records.length === 5;
    });
  });

  test('three crashes on one node while the others do well move the pod, with the evidence in Events on pod and Deployment', async () => {
    const pod = member('hello-1-2');
    await setStatus('hello-1-1', podStatus({ ready: true }));
    const well = { outcome: 'success', run: 1, threshold: 1, action: 'became-ready' } as const;
    cluster.agent('node-1').say(probeRecord(member('hello-1-1'), well));
    await setStatus('hello-1-2', podStatus({ ready: false, restartCount: 1, lastExitCode: 1 }));
    for (const restartCount of [0, 1, 2]) cluster.agent('node-2').say(terminationRecord(pod, { restartCount }));
    await eventually('the pod is gone or going', async () => {
      const list = await cluster.client.list(pods, { namespace: 'default' });
      const found = list.items.find((one) => one.metadata?.name === 'hello-1-2');
      return !found || found.metadata?.deletionTimestamp !== undefined;
    });
    const moved = await eventually('Events say so', async () => {
      const found = (await cluster.client.list(events, { namespace: 'default' })).items.filter(
        (event) => event.reason === 'Replace',
      );
      return found.length === 2 && found;
    });
    expect(new Set(moved.map((event) => event.involvedObject.kind))).toEqual(new Set(['Pod', 'Deployment']));
    expect(moved[0]?.message).toMatch(
      /^moved off node-2: 3 crashes there in \d+ s, 2 of 3 replicas healthy elsewhere$/,
    );
    expect(
      cluster.memory.failuresOf({ namespace: 'default', kind: 'Deployment', name: 'hello' }, 'node-2'),
    ).toMatchObject({
      count: 3,
      lastReason: 'crashed (exit code 1)',
    });
    expect((await workloadHealth()).failuresByNode).toMatchObject([{ node: 'node-2', count: 3 }]);
  });

  test('the timeline tells all of it in order', async () => {
    const timeline = (await ask(cluster.health, {
      resource: 'workloads',
      namespace: 'default',
      name: 'hello',
      subresource: 'timeline',
      query: new URLSearchParams({ since: '5m', kind: 'deployment' }),
    })) as Timeline;
    const times = timeline.entries.map((entry) => Date.parse(entry.time));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const told = timeline.entries.map((entry) => `${entry.kind}: ${entry.title}`);
    for (const one of [
      'rollout: revision 1  image demo:1',
      'pod: hello-1-1 scheduled to node-1',
      'probe: readiness failing 1 of 3',
      'probe: readiness failing 3 of 3: not ready',
      'decision: out of service',
      'restart: hello of hello-1-2 ended: Error, exit code 1',
      'decision: replace',
    ]) {
      expect(told).toContain(one);
    }
  });

  test('after a restart of the control plane the failures are known again from the agents and the pods', async () => {
    await cluster.stopLoops();
    await cluster.startLoops();
    await eventually('the memory is rebuilt', () => {
      const found = cluster.memory.failuresOf({ namespace: 'default', kind: 'Deployment', name: 'hello' }, 'node-2');
      return found?.count === 3;
    });
    const decided = await eventually('what was decided is known too', async () => {
      const { decisions } = await workloadHealth();
      return decisions.length > 0 && decisions.map((one) => one.decision);
    });
    expect(decided).toEqual(expect.arrayContaining(['OutOfService', 'BackInService', 'Replace']));
  });

  test('a reader of the stream gets what there is, then each change', async () => {
    const stop = new AbortController();
    const lines = (await ask(cluster.health, {
      resource: 'signals',
      verb: 'watch',
      signal: stop.signal,
    })) as AsyncIterable<HealthChange>;
    const seen: HealthChange[] = [];
    for await (const line of lines) {
      seen.push(line);
      if (line.type === 'SYNC') cluster.agent('node-3').say(probeRecord(member('hello-1-3'), { run: 1 }));
      if (line.type === 'PROBE' && line.pod === 'hello-1-3') stop.abort();
    }
    expect(seen.map((line) => line.type)).toEqual(expect.arrayContaining(['WORKLOAD', 'NODE', 'SYNC', 'PROBE']));
  });
});

describe('alerts', () => {
  test('a failing probe fires, reaches the webhook with its answer and the last lines, and resolves', async () => {
    const pod = member('hello-1-3');
    cluster.agent('node-3').log = 'one\ntwo\nERROR pool: refused\n';
    const config = `webhooks:\n  - {name: ops, url: "${hook.url}"}\nrules:\n  ContainerProbeFailing: {for: 0s}\n`;
    await eventually('there is a ConfigMap to edit', () => cluster.client.get(configMaps, alertingConfigMap));
    await cluster.client.patch(configMaps, alertingConfigMap, 'merge', { data: { 'config.yaml': config } });
    cluster.agent('node-3').say(probeRecord(pod, { run: 3 }));
    const body = await eventually('the webhook is told', () =>
      hook.bodies.find((text) => text.includes('hello-1-3') && text.includes('ContainerProbeFailing')),
    );
    expect(JSON.parse(body)).toMatchObject({
      version: '4',
      status: 'firing',
      receiver: 'ops',
      commonLabels: { alertname: 'ContainerProbeFailing', severity: 'warning' },
      alerts: [
        {
          annotations: {
            probe_output: '503 db: connection refused',
            last_log_lines: 'one\ntwo\nERROR pool: refused',
            node: 'node-3',
          },
        },
      ],
    });
    const list = (await ask(cluster.alerts, {
      resource: 'alerts',
      verb: 'list',
      query: new URLSearchParams({ state: 'firing' }),
    })) as AlertList;
    const alert = list.items.find((one) => one.name === 'ContainerProbeFailing' && one.labels['pod'] === 'hello-1-3');
    expect(alert?.evidence).toMatchObject({ probe: { type: 'readiness', run: 3, threshold: 3 }, node: 'node-3' });
    await eventually('the delivery is noted', async () => {
      const now = (await ask(cluster.alerts, { resource: 'alerts', verb: 'list' })) as AlertList;
      return now.items.find((one) => one.fingerprint === alert?.fingerprint)?.deliveries[0]?.ok === true;
    });
    cluster.agent('node-3').say(probeRecord(pod, { outcome: 'success', run: 1, threshold: 1, action: 'became-ready' }));
    await eventually('the webhook is told that it is over', () =>
      hook.bodies.some((text) => text.includes('"status":"resolved"')),
    );
  });
});

describe('whoever may see one namespace only', () => {
  const query = new URLSearchParams({ namespace: 'default' });

  test('finds no alerts of another, whatever the query says', async () => {
    const list = (request: object) => ask(cluster.alerts, { resource: 'alerts', verb: 'list', query, ...request });
    const all = (await list({})) as AlertList;
    expect(all.items).not.toEqual([]);
    expect((await list({ namespace: 'other' })) as AlertList).toMatchObject({ items: [] });
    const name = all.items[0]?.fingerprint ?? '';
    await expect(list({ namespace: 'other', verb: 'get', name })).rejects.toMatchObject({ httpStatus: 404 });
    expect(await list({ namespace: 'default', verb: 'get', name })).toMatchObject({ fingerprint: name });
  });

  test('finds no workloads of another and no nodes', async () => {
    const own = await ask(cluster.health, { resource: 'summary', namespace: 'default', query });
    expect(own).toMatchObject({ workloads: [{ name: 'hello' }], nodes: [] });
    expect(await ask(cluster.health, { resource: 'summary', namespace: 'other', query })).toMatchObject({
      workloads: [],
    });
    const stop = new AbortController();
    const request = { resource: 'signals', namespace: 'other', query, signal: stop.signal };
    const seen: string[] = [];
    for await (const line of (await ask(cluster.health, request)) as AsyncIterable<HealthChange>) {
      seen.push(line.type);
      stop.abort();
    }
    expect(seen).toEqual(['SYNC']);
  });
});

describe('alerts across a restart of the control plane', () => {
  test('receivers are not told again what they know, and are told what ended meanwhile', async () => {
    const pod = member('hello-1-1');
    const about = (status: string) =>
      hook.bodies.filter((text) => text.includes('hello-1-1') && text.includes(`"status":"${status}"`));
    cluster.agent('node-1').say(probeRecord(pod, { run: 3 }));
    await eventually('the webhook is told', () => about('firing').length === 1);
    await eventually('it is remembered', async () => {
      const state = await cluster.client.get(configMaps, { namespace: systemNamespace, name: 'alerting-state' });
      const kept = JSON.parse(state.data?.['alerts.json'] ?? '[]') as { alert: object; knownBy: object }[];
      return kept.some((one) => JSON.stringify(one.alert).includes('hello-1-1') && 'ops' in one.knownBy);
    });
    await cluster.stopLoops();
    cluster.agent('node-1').restart('epoch-3');
    cluster.agent('node-1').say(probeRecord(pod, { outcome: 'success', run: 1, threshold: 1, action: 'became-ready' }));
    await cluster.startLoops();
    await eventually('the webhook is told that it is over', () => about('resolved').length === 1);
    expect(about('firing')).toHaveLength(1);
  });
});

describe('a failure that is not the fault of a node', () => {
  test('the pod stays, and that is said once', async () => {
    for (const n of [1, 3]) await setStatus(`hello-1-${n}`, podStatus({ ready: false }));
    const pod = await addPod('hello-1-9', 'node-2', podStatus({ ready: false }));
    for (const restartCount of [0, 1, 2, 3, 4]) {
      for (const n of [1, 3])
        cluster.agent(`node-${n}`).say(terminationRecord(member(`hello-1-${n}`), { restartCount }));
      cluster.agent('node-2').say(terminationRecord(pod, { restartCount }));
    }
    const reason = "not moved: the same failure on every node: not the node's fault";
    await eventually('an Event says so', async () => (await messages()).includes(reason));
    const found = await cluster.client.get(pods, { namespace: 'default', name: 'hello-1-9' });
    expect(found.metadata?.deletionTimestamp).toBeUndefined();
    const said = cluster.documents.filter((one) => one.document['message'] === reason);
    expect(said).toHaveLength(1);
  });
});

describe('metrics and the autoscaler', () => {
  test('kubectl top has figures, and CPU beyond the target scales up with an Event', async () => {
    const stats = (pod: Pod, seconds: number) => ({
      node: {
        nodeName: pod.spec?.nodeName,
        cpu: { time: kubeTime(Date.now()), usageCoreNanoSeconds: seconds * 2e9, usageNanoCores: 2e8 },
        memory: { workingSetBytes: 1e9 },
      },
      pods: [
        {
          podRef: { name: pod.metadata?.name, namespace: 'default', uid: pod.metadata?.uid },
          containers: [
            {
              name: 'hello',
              cpu: { time: new Date().toISOString(), usageCoreNanoSeconds: 1e9, usageNanoCores: 2e8 },
              memory: { workingSetBytes: 64 * 1024 * 1024 },
            },
          ],
        },
      ],
    });
    for (const n of [1, 3]) {
      const earlier = { ...podStatus({}), startTime: kubeTime(Date.now() - 3_600_000) };
      const ready = { type: 'Ready', status: 'True', lastTransitionTime: kubeTime(Date.now() - 3_500_000) };
      await setStatus(`hello-1-${n}`, { ...earlier, conditions: [ready] });
      cluster.agent(`node-${n}`).stats = stats(member(`hello-1-${n}`), 10);
    }
    const top = await eventually('there are figures', async () => {
      const found = (await ask(cluster.metrics, {
        resource: 'pods',
        verb: 'list',
        namespace: 'default',
        query: new URLSearchParams({ labelSelector: 'app=hello' }),
      })) as { items: unknown[] };
      return found.items.length === 2 && found;
    });
    expect(top.items[0]).toMatchObject({
      kind: 'PodMetrics',
      containers: [{ name: 'hello', usage: { cpu: '200000000n', memory: '65536Ki' } }],
    });
    await cluster.client.create(horizontalPodAutoscalers, {
      metadata: { name: 'hello', namespace: 'default' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'hello' },
        minReplicas: 1,
        maxReplicas: 10,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        ],
      },
    });
    await eventually('it is scaled', async () => {
      const found = await cluster.client.get(deployments, { namespace: 'default', name: 'hello' });
      return (found.spec?.replicas ?? 0) > 3;
    });
    const hpa = await eventually('the status says so', async () => {
      const found = await cluster.client.get(horizontalPodAutoscalers, { namespace: 'default', name: 'hello' });
      return found.status?.lastScaleTime !== undefined && found;
    });
    expect(hpa.status?.currentMetrics?.[0]?.resource?.current.averageUtilization).toBe(200);
    expect(hpa.status?.conditions?.map((one) => [one.type, one.status])).toEqual(
      expect.arrayContaining([
        ['AbleToScale', 'True'],
        ['ScalingActive', 'True'],
      ]),
    );
    await eventually('an Event says why', async () =>
      (await messages()).some((text) => /^New size: \d+; reason: cpu resource utilization/.test(text)),
    );
    expect(cluster.documents.some((one) => JSON.stringify(one.document).includes('scaled from 3 to'))).toBe(true);
  });
});
