import { afterEach, describe, expect, test } from 'vitest';
import { isPodReady } from '../../../lib/kube/pod-facts.ts';
import { deployments, endpointSlices, events, pods, replicaSets, services } from '../../../lib/kube/resources.ts';
import { ControlLoops } from './control-loops.ts';

let loops: ControlLoops | undefined;

afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

const key = { namespace: 'default', name: 'hello' };

/** A deployment whose controllers see everything 300 ms late. */
async function start(replicas: number): Promise<ControlLoops> {
  loops = await ControlLoops.start({ watchLagMs: 300 });
  await loops.client.create(deployments, {
    metadata: { ...key },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'hello' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: { labels: { app: 'hello' } }, spec: { containers: [{ name: 'main', image: 'hello:1' }] } },
    },
  });
  await ready(loops, replicas);
  return loops;
}

async function ready(on: ControlLoops, count: number): Promise<void> {
  await on.until(
    `${count} ready`,
    async () => {
      const { status, metadata } = await on.client.get(deployments, key);
      return (
        status?.observedGeneration === metadata?.generation &&
        status?.availableReplicas === count &&
        status?.replicas === count &&
        status?.updatedReplicas === count
      );
    },
    240_000,
  );
}

async function made(on: ControlLoops): Promise<number> {
  const { items } = await on.client.list(events, { namespace: 'default', fieldSelector: 'reason=SuccessfulCreate' });
  return items.length;
}

describe('with caches that lag behind', () => {
  test('exactly as many pods are made as are wanted or were lost', async () => {
    const on = await start(4);
    expect(await made(on)).toBe(4);
    for (let round = 0; round < 3; round++) {
      for (const pod of (await on.pods('app=hello')).slice(0, 2)) {
        await on.client.delete(pods, { namespace: 'default', name: pod.metadata?.name ?? '' });
      }
      await on.until('replaced', async () => (await on.pods('app=hello')).filter(isPodReady).length === 4);
      await on.clock.advance(10_000);
      expect(await on.pods('app=hello')).toHaveLength(4);
    }
    expect(await made(on)).toBe(4 + 6);
  });

  test('an update still keeps between its limits', async () => {
    const on = await start(3);
    const body = { spec: { template: { spec: { containers: [{ name: 'main', image: 'hello:2' }] } } } };
    await on.client.patch(deployments, key, 'strategic', body);
    const seen = { most: 0, leastReady: Infinity };
    await on.until(
      'rolled out',
      async () => {
        const there = await on.pods('app=hello');
        seen.most = Math.max(seen.most, there.length);
        seen.leastReady = Math.min(seen.leastReady, there.filter(isPodReady).length);
        return there.length === 3 && there.every((pod) => pod.spec?.containers[0]?.image === 'hello:2');
      },
      240_000,
    );
    expect(seen).toEqual({ most: 4, leastReady: 3 });
    expect((await on.client.list(replicaSets, { namespace: 'default' })).items).toHaveLength(2);
  });

  test('a service gets one slice, not two', async () => {
    const on = await start(2);
    await on.client.create(services, {
      metadata: { ...key },
      spec: { selector: { app: 'hello' }, ports: [{ port: 80 }] },
    });
    await on.clock.advance(30_000);
    expect((await on.client.list(endpointSlices, { namespace: 'default' })).items).toHaveLength(1);
  });
});
