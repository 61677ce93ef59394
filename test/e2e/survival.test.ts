import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMaps, deployments, nodes, pods } from '../../lib/kube/resources.ts';
import type { Pod } from '../../lib/kube/types.ts';
import { eventually } from '../support/eventually.ts';
import { sharedCluster } from './shared-cluster.ts';
import { lineWriter } from './workloads.ts';

/** `kill -9` of each of Vigil's own processes: nothing acknowledged is lost, no running container is restarted. */
const cluster = sharedCluster();
const namespace = 'survival-e2e';

beforeAll(async () => {
  await cluster.kubectl('create', 'namespace', namespace);
  await cluster.client.create(
    deployments,
    lineWriter({ namespace, name: 'steady', replicas: 3, readiness: true, liveness: true }),
  );
  await cluster.kubectl('rollout', 'status', 'deployment/steady', '-n', namespace, '--timeout=90s');
}, 120_000);

afterAll(async () => {
  await cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
});

const pidOf = (name: string) => Number(readFileSync(join(cluster.home.run, `${name}.pid`), 'utf8').trim());

/** Kills the process and waits until its supervisor has started another. */
async function killHard(name: string): Promise<void> {
  const pid = pidOf(name);
  process.kill(pid, 'SIGKILL');
  await eventually(`${name} runs again`, () => pidOf(name) !== pid);
}

async function steadyPods(): Promise<Pod[]> {
  return (await cluster.client.list(pods, { namespace, labelSelector: 'app=steady' })).items;
}

const identity = (list: readonly Pod[]) =>
  list
    .map((pod) => {
      const status = pod.status?.containerStatuses?.[0];
      return `${pod.metadata?.uid} ${status?.containerID} restarted ${status?.restartCount}`;
    })
    .sort();
const readySince = (list: readonly Pod[]) =>
  list
    .map((pod) => String(pod.status?.conditions?.find((condition) => condition.type === 'Ready')?.lastTransitionTime))
    .sort();

describe('kill -9', () => {
  test('of the control plane loses no acknowledged write and restarts no container', async () => {
    const before = await steadyPods();
    const acknowledged: string[] = [];
    for (let index = 0; index < 50; index++) {
      const name = `written-${index}`;
      await cluster.client.create(configMaps, { metadata: { name, namespace }, data: { index: String(index) } });
      acknowledged.push(name);
    }
    await killHard('control-plane');
    const list = await eventually(
      'the API answers again',
      () => cluster.client.list(configMaps, { namespace }).catch(() => undefined),
      30_000,
    );
    expect(
      list.items
        .map((item) => item.metadata?.name ?? '')
        .filter((name) => name.startsWith('written-'))
        .sort(),
    ).toEqual(acknowledged.sort());
    expect(identity(await steadyPods())).toEqual(identity(before));
  });

  test('of an agent restarts no container and does not flip readiness', async () => {
    const before = await steadyPods();
    await killHard('agent-node-1');
    await eventually('the node is Ready', async () => {
      const node = await cluster.client.get(nodes, { name: 'node-1' });
      return node.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
    });
    // A line that is written now proves that the new agent works with the old container.
    const onNode = before.find((pod) => pod.spec?.nodeName === 'node-1');
    await eventually(
      'the new agent serves the old container',
      async () =>
        (await cluster.kubectl('exec', '-n', namespace, onNode?.metadata?.name ?? '', '--', 'echo', 'adopted')) ===
        'adopted\n',
    );
    const after = await steadyPods();
    expect(identity(after)).toEqual(identity(before));
    expect(readySince(after)).toEqual(readySince(before));
  });

  test('of the log shipper loses no line and doubles none', async () => {
    const [pod] = await steadyPods();
    const name = pod?.metadata?.name ?? '';
    await cluster.kubectl(
      'exec',
      '-n',
      namespace,
      name,
      '--',
      'sh',
      '-c',
      'i=0; while [ $i -lt 2000 ]; do echo "burst $i"; i=$((i+1)); done > /proc/1/fd/1',
    );
    await killHard('shipper');
    const query = { query: 'burst', pods: [name], size: 5000 };
    const result = await eventually(
      'all 2,000 lines are stored',
      async () => {
        const found = (await cluster.json('POST', `/apis/logs.vigil.dev/v1/namespaces/${namespace}/search`, query)) as {
          hits: { message: string }[];
        };
        return found.hits.length >= 2000 && found.hits;
      },
      60_000,
    );
    expect(new Set(result.map((hit) => hit.message)).size).toBe(2000);
    expect(result).toHaveLength(2000);
  });
});

describe('a log store that is away', () => {
  test('stops no pod, loses no line, and an alert says so', async () => {
    const store = ['deployment/elasticsearch', '-n', 'vigil-system'] as const;
    const overrides = 'rules:\n  LogStoreDown:\n    for: 1s\n';
    await cluster.kubectl(
      'patch',
      'configmap',
      'alerting',
      '-n',
      'vigil-system',
      '--type=merge',
      '-p',
      JSON.stringify({ data: { 'config.yaml': overrides } }),
    );
    const before = await steadyPods();
    const name = before[0]?.metadata?.name ?? '';
    await cluster.kubectl('scale', ...store, '--replicas=0');
    try {
      await eventually(
        'the alert fires',
        async () =>
          (await cluster.runKctl(['alerts', 'LogStoreDown', '--state', 'firing'])).stdout.includes('LogStoreDown'),
        60_000,
      );
      await cluster.kubectl(
        'exec',
        '-n',
        namespace,
        name,
        '--',
        'sh',
        '-c',
        'echo "said while nobody listened" > /proc/1/fd/1',
      );
      const lines = await cluster.runKctl(['logs', name, '-n', namespace, '--grep', 'nobody listened']);
      expect(lines.stdout).toBe('said while nobody listened\n');
      expect(lines.stderr).toContain('the log store does not answer');
      expect(identity(await steadyPods())).toEqual(identity(before));
    } finally {
      await cluster.kubectl('scale', ...store, '--replicas=1');
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
    }
    await eventually(
      'the line is in the store',
      async () => {
        const query = { query: '"nobody listened"', pods: [name] };
        const found = (await cluster.json('POST', `/apis/logs.vigil.dev/v1/namespaces/${namespace}/search`, query)) as {
          hits: unknown[];
        };
        return found.hits.length === 1;
      },
      90_000,
    );
  }, 240_000);
});

describe('a node that dies', () => {
  test('has its pods replaced elsewhere, and comes back', async () => {
    const bad = 'node-3';
    await cluster.kctl('node', 'kill', bad, '--name', cluster.name);
    try {
      await eventually(
        'three ready pods on the nodes that are left',
        async () => {
          const ready = (await steadyPods()).filter(
            (pod) =>
              pod.spec?.nodeName !== bad &&
              pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
          );
          return ready.length === 3;
        },
        60_000,
      );
    } finally {
      await cluster.kctl('node', 'start', bad, '--name', cluster.name);
    }
    await eventually(
      'the node is Ready again',
      async () => (await cluster.kubectl('get', 'node', bad)).includes(' Ready'),
      60_000,
    );
  }, 180_000);
});
