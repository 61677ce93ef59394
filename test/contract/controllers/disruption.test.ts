import { afterEach, describe, expect, test } from 'vitest';
import { KubeApiError } from '../../../lib/kube/client.ts';
import {
  deployments,
  podDisruptionBudgets,
  pods,
  replicationControllers,
  resourceQuotas,
} from '../../../lib/kube/resources.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import { ControlLoops } from './control-loops.ts';

let loops: ControlLoops | undefined;
afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

async function start(replicas: number): Promise<ControlLoops> {
  loops = await ControlLoops.start();
  await loops.client.create(deployments, {
    metadata: { name: 'hello', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'hello' } },
      template: { metadata: { labels: { app: 'hello' } }, spec: { containers: [{ name: 'main', image: 'hello:1' }] } },
    },
  });
  const on = loops;
  await on.until('all are ready', async () => {
    const there = await on.pods('app=hello');
    return there.length === replicas && there.every(isReady);
  });
  return on;
}

const isReady = (pod: Pod) =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
const key = { namespace: 'default', name: 'guard' };

async function budget(on: ControlLoops, spec: Record<string, unknown>): Promise<void> {
  await on.client.create(podDisruptionBudgets, {
    metadata: key,
    spec: { selector: { matchLabels: { app: 'hello' } }, ...spec },
  });
  await on.until('it is counted', async () => (await status(on)).observedGeneration === 1);
}

const status = async (on: ControlLoops) => (await on.client.get(podDisruptionBudgets, key)).status ?? {};

function evict(on: ControlLoops, pod: Pod): Promise<unknown> {
  const at = { namespace: 'default', name: pod.metadata?.name ?? '' };
  return on.client.createSubresource(pods, at, 'eviction', {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: at,
  });
}

describe('a disruption budget', () => {
  test.each([
    [{ minAvailable: 2 }, { expectedPods: 3, desiredHealthy: 2, disruptionsAllowed: 1 }],
    [{ minAvailable: '100%' }, { expectedPods: 3, desiredHealthy: 3, disruptionsAllowed: 0 }],
    [{ maxUnavailable: 2 }, { expectedPods: 3, desiredHealthy: 1, disruptionsAllowed: 2 }],
    [{ maxUnavailable: '50%' }, { expectedPods: 3, desiredHealthy: 1, disruptionsAllowed: 2 }],
  ])('of %j says how many pods may go', async (spec, expected) => {
    const on = await start(3);
    await budget(on, spec);
    expect(await status(on)).toMatchObject({ currentHealthy: 3, ...expected });
  });

  test('refuses an eviction beyond it, and allows the next one when there are enough again', async () => {
    const on = await start(3);
    await budget(on, { minAvailable: 2 });
    const [first, second] = await on.pods('app=hello');
    if (!first || !second) throw new Error('there are no pods');
    await evict(on, first);
    const refusal = await evict(on, second).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(KubeApiError);
    expect((refusal as KubeApiError).status).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      details: { causes: [{ reason: 'DisruptionBudget' }] },
    });
    await on.until('a new one is ready', async () => (await status(on)).disruptionsAllowed === 1);
    await evict(on, second);
  });

  test('does not hold a pod that is not ready anyway, where it says so', async () => {
    const on = await start(1);
    await budget(on, { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    const [pod] = await on.pods('app=hello');
    if (!pod) throw new Error('there is no pod');
    await expect(evict(on, pod)).rejects.toThrow('disruption budget');
    const conditions = [{ type: 'Ready', status: 'False' }];
    const at = { namespace: 'default', name: pod.metadata?.name ?? '' };
    await on.client.patch(pods, at, 'merge', { status: { conditions } }, { subresource: 'status' });
    await evict(on, pod);
  });
});

test('a budget asks a replication controller too how many pods it wants', async () => {
  const on = (loops = await ControlLoops.start());
  const template = {
    metadata: { labels: { app: 'hello' } },
    spec: { containers: [{ name: 'main', image: 'hello:1' }] },
  };
  const object = { metadata: { name: 'old', namespace: 'default' }, spec: { replicas: 4, template } };
  await on.client.create(replicationControllers, object);
  await on.until('all are ready', async () => (await on.pods('app=hello')).filter(isReady).length === 4);
  await budget(on, { maxUnavailable: '25%' });
  await on.until('one may go', async () => (await status(on)).disruptionsAllowed === 1);
  expect(await status(on)).toMatchObject({ expectedPods: 4, desiredHealthy: 3 });
});

test('a quota says how much of it is used', async () => {
  const on = await start(2);
  await on.client.create(resourceQuotas, {
    metadata: { name: 'q', namespace: 'default' },
    spec: { hard: { pods: '5', 'count/deployments.apps': '2', services: '1' } },
  });
  const used = async () => (await on.client.get(resourceQuotas, { namespace: 'default', name: 'q' })).status?.used;
  await on.until('it is counted', async () => (await used()) !== undefined);
  expect(await used()).toEqual({ pods: '2', 'count/deployments.apps': '1', services: '0' });
  await on.client.patch(deployments, { namespace: 'default', name: 'hello' }, 'merge', { spec: { replicas: 4 } });
  await on.until('it follows', async () => (await used())?.['pods'] === '4');
});
