import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AlertList } from '../../lib/alerts-api.ts';
import type { PodHealth } from '../../lib/health-api.ts';
import { deployments, endpointSlices, events, horizontalPodAutoscalers, pods } from '../../lib/kube/resources.ts';
import type { Deployment, Pod } from '../../lib/kube/types.ts';
import type { LogResult } from '../../lib/log-query.ts';
import { eventually } from '../support/eventually.ts';
import { receiver, type Receiver } from '../support/webhook-receiver.ts';
import { sharedCluster } from './shared-cluster.ts';
import { lineWriter } from './workloads.ts';

/** The tour of the README, each step looked at from outside, on the cluster that all e2e tests share. */
const cluster = sharedCluster();
const namespace = 'tour';

beforeAll(async () => {
  await cluster.kubectl('create', 'namespace', namespace);
});

afterAll(async () => {
  await cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
});

async function podsOf(app: string): Promise<Pod[]> {
  const list = await cluster.client.list(pods, { namespace, labelSelector: `app=${app}` });
  return list.items.filter((pod) => pod.metadata?.deletionTimestamp === undefined);
}

const isReady = (pod: Pod) =>
  pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;

async function allReady(app: string, count: number): Promise<Pod[]> {
  return eventually(
    `${count} pods of ${app} ready`,
    async () => {
      const ready = (await podsOf(app)).filter(isReady);
      return ready.length === count && ready;
    },
    60_000,
  );
}

async function readyAddresses(service: string): Promise<string[]> {
  const slices = await cluster.client.list(endpointSlices, {
    namespace,
    labelSelector: `kubernetes.io/service-name=${service}`,
  });
  return slices.items
    .flatMap((slice) => slice.endpoints ?? [])
    .flatMap((endpoint) => (endpoint.conditions?.ready === false ? [] : endpoint.addresses));
}

async function create(deployment: Deployment): Promise<void> {
  await cluster.client.create(deployments, deployment);
}

describe('the loop', () => {
  test('a line that a pod wrote is found by search', async () => {
    await create(lineWriter({ namespace, name: 'writer', replicas: 1 }));
    const [pod] = await allReady('writer', 1);
    const marker = `needle-${Date.now()}`;
    await cluster.kubectl(
      'exec',
      '-n',
      namespace,
      pod?.metadata?.name ?? '',
      '--',
      'sh',
      '-c',
      `echo ${marker} > /proc/1/fd/1`,
    );
    await eventually(
      'the line is searchable',
      async () => {
        const result = (await cluster.json('POST', `/apis/logs.vigil.dev/v1/namespaces/${namespace}/search`, {
          query: marker,
        })) as LogResult;
        return result.hits.length === 1;
      },
      10_000,
    );
  });

  test('a pod whose readiness breaks leaves the EndpointSlice, and comes back when it is repaired', async () => {
    await create(lineWriter({ namespace, name: 'web', replicas: 2, readiness: true }));
    const ready = await allReady('web', 2);
    await cluster.kubectl('expose', 'deployment', 'web', '-n', namespace, '--port=80');
    await eventually('two addresses', async () => (await readyAddresses('web')).length === 2);
    const name = ready[0]?.metadata?.name ?? '';
    await cluster.kubectl('exec', '-n', namespace, name, '--', 'rm', '/tmp/ready');
    await eventually('one address left', async () => {
      const addresses = await readyAddresses('web');
      return addresses.length === 1 && !addresses.includes(ready[0]?.status?.podIP ?? '');
    });
    await cluster.kubectl('exec', '-n', namespace, name, '--', 'touch', '/tmp/ready');
    await eventually('two addresses again', async () => (await readyAddresses('web')).length === 2);
  });

  test('a container whose liveness breaks is restarted, and kctl health says which probe, what it answered and n of threshold', async () => {
    await create(lineWriter({ namespace, name: 'alive', replicas: 1, liveness: true }));
    const [pod] = await allReady('alive', 1);
    const name = pod?.metadata?.name ?? '';
    await cluster.kubectl('exec', '-n', namespace, name, '--', 'rm', '/tmp/alive');
    await eventually(
      'restarted once',
      async () =>
        ((await cluster.client.get(pods, { namespace, name })).status?.containerStatuses?.[0]?.restartCount ?? 0) >= 1,
      40_000,
    );
    const health = (await cluster.json(
      'GET',
      `/apis/health.vigil.dev/v1/namespaces/${namespace}/pods/${name}`,
    )) as PodHealth;
    expect(health.containers[0]?.lastTermination?.reason).toBe('LivenessProbeFailed');
    const records = health.containers[0]?.probes.find((probe) => probe.probe === 'liveness')?.records ?? [];
    const killer = records.find((record) => record.action === 'restart');
    expect(killer).toMatchObject({ outcome: 'failure', run: 3, threshold: 3 });
    expect(killer?.output).toContain('/tmp/alive');
    const text = (await cluster.runKctl(['health', 'pod', name, '-n', namespace])).stdout;
    expect(text).toContain('liveness');
    expect(text).toContain('LivenessProbeFailed');
  });

  test('a pod that crashes on one node only is moved to another, and an Event says why', async () => {
    const bad = 'node-2';
    await create(lineWriter({ namespace, name: 'moody', replicas: 3, crashOnNode: bad }));
    await eventually(
      'three ready pods, none on the bad node',
      async () => {
        const ready = (await podsOf('moody')).filter(isReady);
        return ready.length === 3 && ready.every((pod) => pod.spec?.nodeName !== bad);
      },
      120_000,
    );
    const list = await cluster.client.list(events, { namespace });
    expect(
      list.items
        .map((event) => event.message ?? '')
        .filter((message) => message.includes(bad) && /moved off|avoided/.test(message)),
    ).not.toEqual([]);
  });

  test('CPU that is burnt scales the workload up', async () => {
    await create(lineWriter({ namespace, name: 'burner', replicas: 1, burn: true }));
    await cluster.kubectl(
      'autoscale',
      'deployment',
      'burner',
      '-n',
      namespace,
      '--cpu-percent=50',
      '--min=1',
      '--max=3',
    );
    await eventually(
      'more than one replica',
      async () => ((await cluster.client.get(deployments, { namespace, name: 'burner' })).spec?.replicas ?? 1) > 1,
      90_000,
    );
    // The status is written behind the scale, and the new replicas have yet to burn as much.
    await eventually(
      'the measured utilization in the status',
      async () => {
        const { status } = await cluster.client.get(horizontalPodAutoscalers, { namespace, name: 'burner' });
        return (status?.currentMetrics?.[0]?.resource?.current.averageUtilization ?? 0) > 50;
      },
      60_000,
    );
    await eventually('an Event that says why', async () => {
      const { items } = await cluster.client.list(events, { namespace });
      const told = items.find(
        ({ reason, involvedObject }) => [reason, involvedObject.name].join() === 'SuccessfulRescale,burner',
      );
      return /^New size: [23]; reason: cpu resource utilization .* above target$/.test(told?.message ?? '');
    });
    await cluster.kubectl('delete', 'deployment,hpa', 'burner', '-n', namespace);
  }, 120_000);
});

describe('alerts', () => {
  let hook: Receiver;
  beforeAll(async () => {
    hook = await receiver();
    const config = `webhooks:\n  - name: ops\n    url: ${hook.url}\n`;
    await cluster.kubectl(
      'patch',
      'configmap',
      'alerting',
      '-n',
      'vigil-system',
      '--type=merge',
      '-p',
      JSON.stringify({ data: { 'config.yaml': config } }),
    );
  });
  afterAll(async () => {
    await cluster.kubectl(
      'patch',
      'configmap',
      'alerting',
      '-n',
      'vigil-system',
      '--type=merge',
      '-p',
      JSON.stringify({ data: { 'config.yaml': '' } }),
    );
    await hook.close();
  });

  test('a probe that keeps failing is told to the webhook with its last answer and the last lines', async () => {
    await create(lineWriter({ namespace, name: 'sick', replicas: 1, readiness: true }));
    const [pod] = await allReady('sick', 1);
    const name = pod?.metadata?.name ?? '';
    await cluster.kubectl('exec', '-n', namespace, name, '--', 'rm', '/tmp/ready');
    const told = await eventually(
      'the webhook was told',
      () => hook.bodies.find((body) => body.includes('ContainerProbeFailing') && body.includes(name)),
      120_000,
    );
    expect(told).toContain('/tmp/ready');
    const list = (await cluster.json('GET', '/apis/alerts.vigil.dev/v1/alerts?state=firing')) as AlertList;
    const alert = list.items.find((item) => item.name === 'ContainerProbeFailing' && item.labels['pod'] === name);
    expect(alert?.evidence.probe).toMatchObject({ type: 'readiness', threshold: 3 });
    expect(alert?.evidence.lastLines?.length).toBeGreaterThan(0);
    expect(alert?.evidence.node).toBe(pod?.spec?.nodeName);
    expect((await cluster.runKctl(['alerts', '-v'])).stdout).toContain('ContainerProbeFailing');
  }, 180_000);
});
