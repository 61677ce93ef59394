import { afterEach, describe, expect, test } from 'vitest';
import { daemonSets, nodes, pods } from '../../../lib/kube/resources.ts';
import type { DaemonSet } from '../../../lib/kube/types.ts';
import { ControlLoops } from './control-loops.ts';

let loops: ControlLoops | undefined;
afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

async function start(): Promise<ControlLoops> {
  loops = await ControlLoops.start();
  return loops;
}

const key = { namespace: 'default', name: 'agent' };

function daemonSet(image = 'agent:1', pod: Record<string, unknown> = {}): DaemonSet {
  return {
    metadata: key,
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [{ name: 'main', image }], ...pod } },
    },
  };
}

const placed = async (on: ControlLoops) => (await on.pods()).map((pod) => pod.spec?.nodeName ?? '').sort();
const status = async (on: ControlLoops) => (await on.client.get(daemonSets, key)).status;

describe('a daemon set', () => {
  test('has a pod on every node, also on one that comes later', async () => {
    const on = await start();
    await on.client.create(daemonSets, daemonSet());
    await on.until('three', async () => (await placed(on)).join() === 'node-1,node-2,node-3');
    await on.until('all ready', async () => (await status(on))?.numberAvailable === 3);
    expect(await status(on)).toMatchObject({ desiredNumberScheduled: 3, numberReady: 3, updatedNumberScheduled: 3 });
    await on.kubelets.join('node-4');
    await on.until('four', async () => (await placed(on)).length === 4);
  });

  test('keeps to the nodes that its pods select, and tolerates a cordon', async () => {
    const on = await start();
    await on.client.patch(nodes, { name: 'node-2' }, 'merge', {
      metadata: { labels: { disk: 'fast' } },
      spec: { unschedulable: true },
    });
    await on.client.create(daemonSets, daemonSet('agent:1', { nodeSelector: { disk: 'fast' } }));
    await on.until('one', async () => (await placed(on)).join() === 'node-2');
    await on.client.patch(nodes, { name: 'node-3' }, 'merge', { metadata: { labels: { disk: 'fast' } } });
    await on.until('two', async () => (await placed(on)).join() === 'node-2,node-3');
    await on.client.patch(nodes, { name: 'node-2' }, 'merge', { metadata: { labels: { disk: null } } });
    await on.until('one again', async () => (await placed(on)).join() === 'node-3');
  });

  test('stays away from a node with a taint that it does not tolerate', async () => {
    const on = await start();
    await on.client.patch(nodes, { name: 'node-1' }, 'merge', {
      spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] },
    });
    await on.client.create(daemonSets, daemonSet());
    await on.until('two', async () => (await placed(on)).join() === 'node-2,node-3');
  });

  test('is rolled out one node after the other', async () => {
    const on = await start();
    await on.client.create(daemonSets, daemonSet());
    await on.until('all ready', async () => (await status(on))?.numberAvailable === 3);
    await on.client.patch(daemonSets, key, 'merge', {
      spec: { template: { spec: { containers: [{ name: 'main', image: 'agent:2' }] } } },
    });
    let fewest = 3;
    await on.until('all new', async () => {
      const now = await status(on);
      fewest = Math.min(fewest, now?.numberAvailable ?? 0);
      const images = (await on.pods()).map((pod) => pod.spec?.containers[0]?.image);
      return images.length === 3 && images.every((image) => image === 'agent:2') && now?.numberAvailable === 3;
    });
    expect(fewest).toBeGreaterThanOrEqual(2);
    expect(await status(on)).toMatchObject({ updatedNumberScheduled: 3, observedGeneration: 2 });
  });

  test('replaces a pod that was deleted', async () => {
    const on = await start();
    await on.client.create(daemonSets, daemonSet());
    await on.until('all ready', async () => (await status(on))?.numberAvailable === 3);
    const [pod] = await on.pods();
    await on.client.delete(pods, { namespace: 'default', name: pod?.metadata?.name ?? '' }, { gracePeriodSeconds: 0 });
    await on.until('again three', async () => {
      const there = await on.pods();
      return there.length === 3 && there.every((one) => one.metadata?.uid !== pod?.metadata?.uid);
    });
  });
});
