import { afterEach, describe, expect, test } from 'vitest';
import { isPodReady } from '../../../lib/kube/pod-facts.ts';
import {
  controllerRevisions,
  events,
  persistentVolumeClaims,
  pods,
  statefulSets,
} from '../../../lib/kube/resources.ts';
import type { StatefulSet } from '../../../lib/kube/types.ts';
import { ControlLoops } from './control-loops.ts';

let loops: ControlLoops | undefined;

afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

const key = { namespace: 'default', name: 'web' };

function web(spec: Partial<NonNullable<StatefulSet['spec']>> = {}): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      serviceName: 'web',
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'web:1' }] } },
      ...spec,
    },
  };
}

async function start(of = web()): Promise<ControlLoops> {
  loops = await ControlLoops.start();
  await loops.client.create(statefulSets, of);
  await settled(loops, of.spec?.replicas ?? 1);
  return loops;
}

async function settled(on: ControlLoops, count: number): Promise<void> {
  await on.until(`${count} ready`, async () => {
    const { status, metadata } = await on.client.get(statefulSets, key);
    return (
      status?.observedGeneration === metadata?.generation &&
      status?.replicas === count &&
      (status?.availableReplicas ?? 0) === count &&
      status?.currentRevision === status?.updateRevision
    );
  });
}

const setImage = (on: ControlLoops, image: string) =>
  on.client.patch(statefulSets, key, 'strategic', {
    spec: { template: { spec: { containers: [{ name: 'main', image }] } } },
  });

const created = async (on: ControlLoops, reason = 'SuccessfulCreate') => {
  const { items } = await on.client.list(events, { namespace: 'default', fieldSelector: `reason=${reason}` });
  return items.map(({ message }) => message ?? '');
};

const names = async (on: ControlLoops) =>
  (await on.pods('app=web')).map(({ metadata }) => metadata?.name ?? '').toSorted((a, b) => (a < b ? -1 : 1));

describe('a stateful set on three nodes', () => {
  test('makes its pods one after another, and says so', async () => {
    loops = await ControlLoops.start();
    const on = loops;
    await on.client.create(statefulSets, web());
    const most: number[] = [];
    await on.until('all ready', async () => {
      const there = await on.pods('app=web');
      most.push(there.filter((pod) => !isPodReady(pod)).length);
      return there.length === 3 && there.every(isPodReady);
    });
    expect(Math.max(...most)).toBeLessThanOrEqual(1);
    expect(await names(on)).toEqual(['web-0', 'web-1', 'web-2']);
    expect(await created(on)).toEqual([0, 1, 2].map((n) => `create Pod web-${n} in StatefulSet web successful`));
    expect(on.kubelets.failures).toEqual([]);
  });

  test('a deleted pod comes back under its name', async () => {
    const on = await start();
    const before = await on.client.get(pods, { namespace: 'default', name: 'web-1' });
    await on.client.delete(pods, { namespace: 'default', name: 'web-1' });
    await on.until('a new web-1', async () => {
      const pod = await on.client.get(pods, { namespace: 'default', name: 'web-1' });
      return pod.metadata?.uid !== before.metadata?.uid && isPodReady(pod);
    });
  });

  test('an update replaces pods from the highest down, and what was can be gone back to', async () => {
    const on = await start();
    await setImage(on, 'web:2');
    await settled(on, 3);
    expect(await created(on, 'SuccessfulDelete')).toEqual(
      [2, 1, 0].map((n) => `delete Pod web-${n} in StatefulSet web successful`),
    );
    const history = async () => {
      const { items } = await on.client.list(controllerRevisions, { namespace: 'default', labelSelector: 'app=web' });
      return items.toSorted((a, b) => a.revision - b.revision);
    };
    const [first, second] = await history();
    expect([first?.revision, second?.revision]).toEqual([1, 2]);
    // As `kubectl rollout undo` does.
    await on.client.patch(statefulSets, key, 'strategic', first?.data);
    await settled(on, 3);
    expect((await on.pods('app=web')).map(({ spec }) => spec?.containers[0]?.image)).toEqual(
      Array.from({ length: 3 }, () => 'web:1'),
    );
    expect((await history()).map(({ revision }) => revision)).toEqual([2, 3]);
  });

  test('a partition holds pods back', async () => {
    const on = await start(web({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }));
    await setImage(on, 'web:2');
    await on.until('the highest is updated', async () => {
      const { status } = await on.client.get(statefulSets, key);
      return status?.updatedReplicas === 1 && status.readyReplicas === 3;
    });
    await on.clock.advance(10_000);
    await on.client.delete(pods, { namespace: 'default', name: 'web-0' });
    const image = async (name: string) => {
      const { spec } = await on.client.get(pods, { namespace: 'default', name });
      return spec?.containers[0]?.image;
    };
    await on.until('web-0 is back', async () => (await on.pods('app=web')).filter(isPodReady).length === 3);
    expect(await Promise.all(['web-0', 'web-1', 'web-2'].map(image))).toEqual(['web:1', 'web:1', 'web:2']);
  });

  test('makes claims, keeps them when it shrinks, and uses them again', async () => {
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } }, volumeName: 'none' },
    };
    loops = await ControlLoops.start();
    const on = loops;
    const claims = async () => {
      const { items } = await on.client.list(persistentVolumeClaims, { namespace: 'default' });
      return items.map(({ metadata }) => metadata?.name);
    };
    await on.client.create(
      statefulSets,
      web({ replicas: 2, podManagementPolicy: 'Parallel', volumeClaimTemplates: [claim] }),
    );
    await on.until('claims and pods', async () => (await claims()).length === 2 && (await names(on)).length === 2);
    expect(await claims()).toEqual(['data-web-0', 'data-web-1']);
    await on.client.patch(statefulSets, key, 'merge', { spec: { replicas: 0 } });
    await on.until('no pods', async () => (await names(on)).length === 0);
    expect(await claims()).toEqual(['data-web-0', 'data-web-1']);
    await on.client.patch(statefulSets, key, 'merge', {
      spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' }, replicas: 2 },
    });
    await on.until('pods again', async () => (await names(on)).length === 2);
    await on.client.patch(statefulSets, key, 'merge', { spec: { replicas: 1 } });
    await on.until('the claim goes with its pod', async () => (await claims()).join() === 'data-web-0');
  });

  test('deleting it deletes its pods and history, and keeps its claims', async () => {
    const on = await start();
    await on.client.delete(statefulSets, key, { propagationPolicy: 'Background' });
    await on.until('everything gone', async () => {
      const { items } = await on.client.list(controllerRevisions, { namespace: 'default' });
      return items.length === 0 && (await on.client.list(pods, { namespace: 'default' })).items.length === 0;
    });
  });

  test('keeps as many old revisions as it is told to', async () => {
    const on = await start(web({ replicas: 1, revisionHistoryLimit: 1 }));
    for (const image of ['web:2', 'web:3', 'web:4']) {
      await setImage(on, image);
      await settled(on, 1);
    }
    await on.until('two left', async () => {
      const { items } = await on.client.list(controllerRevisions, { namespace: 'default' });
      return (
        items
          .map(({ revision }) => revision)
          .toSorted((a, b) => a - b)
          .join() === '3,4'
      );
    });
  });

  test('a pod of a node that is gone is made anew elsewhere, once it is certain that the first has ended', async () => {
    const on = await start();
    const before = await on.client.get(pods, { namespace: 'default', name: 'web-1' });
    on.kubelets.kill(before.spec?.nodeName ?? '');
    await on.until(
      'web-1 elsewhere',
      async () => {
        const pod = await on.client.get(pods, { namespace: 'default', name: 'web-1' });
        return (
          pod.metadata?.uid !== before.metadata?.uid && pod.spec?.nodeName !== before.spec?.nodeName && isPodReady(pod)
        );
      },
      60_000,
    );
  });
});
