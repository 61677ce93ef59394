import { afterEach, describe, expect, test } from 'vitest';
import { isPodReady } from '../../../lib/kube/pod-facts.ts';
import {
  deployments,
  endpoints,
  endpointSlices,
  events,
  pods,
  replicaSets,
  services,
} from '../../../lib/kube/resources.ts';
import type { Deployment } from '../../../lib/kube/types.ts';
import { ControlLoops } from './control-loops.ts';

const byText = (a: unknown, b: unknown) => (String(a) < String(b) ? -1 : 1);

let loops: ControlLoops | undefined;

afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

function hello(over: Partial<NonNullable<Deployment['spec']>> = {}, name = 'hello'): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'hello:1' }] } },
      ...over,
    },
  };
}

const key = { namespace: 'default', name: 'hello' };

async function start(of = hello()): Promise<ControlLoops> {
  loops = await ControlLoops.start();
  await loops.client.create(deployments, of);
  await available(loops, of.spec?.replicas ?? 1);
  return loops;
}

async function available(on: ControlLoops, count: number): Promise<void> {
  await on.until(`${count} replicas available`, async () => {
    const { status, metadata, spec } = await on.client.get(deployments, key);
    return (
      status?.observedGeneration === metadata?.generation &&
      status?.updatedReplicas === spec?.replicas &&
      status?.replicas === count &&
      (status?.availableReplicas ?? 0) === count
    );
  });
}

function setImage(on: ControlLoops, image: string): Promise<Deployment> {
  const body = { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } };
  return on.client.patch(deployments, key, 'strategic', body);
}

describe('a deployment on three nodes', () => {
  test('runs one pod on each, and says so in status and events', async () => {
    const on = await start();
    const running = await on.pods('app=hello');
    expect(running.map((pod) => pod.spec?.nodeName).toSorted(byText)).toEqual(['node-1', 'node-2', 'node-3']);
    expect(running.every(isPodReady)).toBe(true);
    const { items } = await on.client.list(events, { namespace: 'default' });
    const reasons = new Set(
      items.filter(({ involvedObject }) => involvedObject.kind !== 'Node').map(({ reason }) => reason),
    );
    expect([...reasons].toSorted(byText)).toEqual(['ScalingReplicaSet', 'Scheduled', 'SuccessfulCreate']);
    expect(on.records.filter(({ dataset }) => dataset === 'decisions')).toHaveLength(3);
    expect(on.kubelets.failures).toEqual([]);
  });

  test('never makes a pod too many', async () => {
    const on = await start();
    const { items } = await on.client.list(events, { namespace: 'default', fieldSelector: 'reason=SuccessfulCreate' });
    expect(items).toHaveLength(3);
  });

  test('an update keeps all wanted pods available when none may be missing', async () => {
    const on = await start(
      hello({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }),
    );
    const seen = { least: Infinity, most: 0 };
    await setImage(on, 'hello:2');
    await on.until('rollout', async () => {
      const there = await on.pods('app=hello');
      seen.least = Math.min(seen.least, there.filter(isPodReady).length);
      seen.most = Math.max(seen.most, there.length);
      return (
        there.length === 3 && there.every((pod) => pod.spec?.containers[0]?.image === 'hello:2' && isPodReady(pod))
      );
    });
    expect(seen.least).toBeGreaterThanOrEqual(3);
    expect(seen.most).toBeLessThanOrEqual(4);
    await available(on, 3);
  });

  test('a broken update leaves the old pods running, and undoing it ends it', async () => {
    const on = await start(hello({ progressDeadlineSeconds: 30 }));
    await setImage(on, 'broken');
    await on.until(
      'deadline passed',
      async () => {
        const { status } = await on.client.get(deployments, key);
        return status?.conditions?.some(({ reason }) => reason === 'ProgressDeadlineExceeded');
      },
      60_000,
    );
    expect((await on.pods('app=hello')).filter(isPodReady)).toHaveLength(3);
    await setImage(on, 'hello:1');
    await available(on, 3);
    expect((await on.client.get(deployments, key)).metadata?.annotations?.['deployment.kubernetes.io/revision']).toBe(
      '3',
    );
    const { items } = await on.client.list(replicaSets, { namespace: 'default' });
    expect(items.map((set) => set.spec?.replicas).toSorted(byText)).toEqual([0, 3]);
  });

  test('a broken update of a deployment that asks for it is reverted, with a decision and its evidence', async () => {
    const of = hello({ progressDeadlineSeconds: 20 });
    const on = await start({ ...of, metadata: { ...of.metadata, annotations: { 'vigil.dev/auto-revert': 'true' } } });
    await setImage(on, 'broken');
    await on.until('back', async () => {
      const { spec } = await on.client.get(deployments, key);
      return spec?.template.spec?.containers[0]?.image === 'hello:1';
    });
    await available(on, 3);
    const decision = on.records.find(({ document }) => JSON.stringify(document).includes('"decision":"Rollback"'));
    expect(decision?.document).toMatchObject({
      vigil: {
        decision: { object: { kind: 'Deployment', name: 'hello' }, evidence: { fromRevision: 2, toRevision: 1 } },
      },
    });
    const { items } = await on.client.list(events, { namespace: 'default', fieldSelector: 'reason=Rollback' });
    expect(items).toMatchObject([{ type: 'Warning', message: expect.stringContaining('back to revision 1') }]);
  });

  test('scales up and down, also to zero', async () => {
    const on = await start();
    for (const replicas of [5, 1, 0, 2]) {
      await on.client.patch(deployments, key, 'merge', { spec: { replicas } });
      await available(on, replicas);
      expect(await on.pods('app=hello')).toHaveLength(replicas);
    }
  });

  test('a deleted pod is replaced', async () => {
    const on = await start();
    const [first] = await on.pods('app=hello');
    await on.client.delete(pods, { namespace: 'default', name: first?.metadata?.name ?? '' });
    await on.until('replacement', async () => {
      const there = await on.pods('app=hello');
      return there.length === 3 && there.every((pod) => isPodReady(pod) && pod.metadata?.uid !== first?.metadata?.uid);
    });
  });

  test('a pod that is relabelled is let go and replaced, and adopted when it comes back', async () => {
    const on = await start();
    const name = (await on.pods('app=hello'))[0]?.metadata?.name ?? '';
    await on.client.patch(pods, { namespace: 'default', name }, 'merge', { metadata: { labels: { app: 'debug' } } });
    await on.until('replacement', async () => (await on.pods('app=hello')).length === 3);
    const freed = await on.client.get(pods, { namespace: 'default', name });
    expect(freed.metadata?.ownerReferences ?? []).toEqual([]);
    await on.client.patch(pods, { namespace: 'default', name }, 'merge', { metadata: { labels: { app: 'hello' } } });
    await on.until('one of four removed', async () => {
      const there = await on.pods('app=hello');
      return there.length === 3 && there.every((pod) => pod.metadata?.ownerReferences?.length === 1);
    });
  });

  test('deleting it deletes its replica sets and pods', async () => {
    const on = await start();
    await on.client.delete(deployments, key, { propagationPolicy: 'Background' });
    await on.until('everything gone', async () => {
      const sets = await on.client.list(replicaSets, { namespace: 'default' });
      return sets.items.length === 0 && (await on.client.list(pods, { namespace: 'default' })).items.length === 0;
    });
  });

  test('deleting it in the foreground keeps it until all its pods are gone', async () => {
    const on = await start();
    await on.client.delete(deployments, key, { propagationPolicy: 'Foreground' });
    const kept = await on.client.get(deployments, key);
    expect(kept.metadata?.finalizers).toEqual(['foregroundDeletion']);
    let podsAtItsEnd = -1;
    await on.until('everything gone', async () => {
      const left = await on.client.list(deployments, { namespace: 'default' });
      podsAtItsEnd = (await on.client.list(pods, { namespace: 'default' })).items.length;
      return left.items.length === 0;
    });
    expect(podsAtItsEnd).toBe(0);
  });

  test('orphaning leaves its replica sets and pods alone', async () => {
    const on = await start();
    await on.client.delete(deployments, key, { propagationPolicy: 'Orphan' });
    await on.until(
      'deployment gone',
      async () => (await on.client.list(deployments, { namespace: 'default' })).items.length === 0,
    );
    await on.clock.advance(5_000);
    const { items } = await on.client.list(replicaSets, { namespace: 'default' });
    expect(items.map((set) => set.metadata?.ownerReferences ?? [])).toEqual([[]]);
    expect(await on.pods('app=hello')).toHaveLength(3);
  });
});

describe('a service without a selector', () => {
  test('has its hand-made endpoints mirrored into slices', async () => {
    loops = await ControlLoops.start({ nodes: [] });
    const on = loops;
    const subsets = [{ addresses: [{ ip: '192.0.2.7' }], ports: [{ port: 5432 }] }];
    await on.client.create(endpoints, { metadata: { ...key }, subsets });
    await on.client.create(services, { metadata: { ...key }, spec: { ports: [{ port: 5432 }] } });
    const slices = async () => (await on.client.list(endpointSlices, { namespace: 'default' })).items;
    const [slice] = await on.until('slice', async () => (await slices()).length === 1 && (await slices()));
    expect(slice).toMatchObject({
      metadata: { labels: { 'kubernetes.io/service-name': 'hello' } },
      endpoints: [{ addresses: ['192.0.2.7'], conditions: { ready: true } }],
      ports: [{ port: 5432, protocol: 'TCP' }],
    });
    await on.client.delete(services, key);
    await on.until('slice gone', async () => (await slices()).length === 0);
    expect((await on.client.get(endpoints, key)).subsets).toMatchObject(subsets);
  });
});

describe('a service of a deployment', () => {
  test('has the ready pods as endpoints, and loses them at once when they are not', async () => {
    const on = await start();
    await on.client.create(services, {
      metadata: { name: 'hello', namespace: 'default' },
      spec: { selector: { app: 'hello' }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    const slices = async () => (await on.client.list(endpointSlices, { namespace: 'default' })).items;
    const addresses = async (ready: boolean) =>
      (await slices())
        .flatMap((slice) => slice.endpoints ?? [])
        .filter((endpoint) => (endpoint.conditions?.ready ?? true) === ready)
        .map((endpoint) => endpoint.addresses[0]);
    await on.until('three endpoints', async () => (await addresses(true)).length === 3);
    expect((await slices())[0]).toMatchObject({ ports: [{ port: 8080, protocol: 'TCP' }] });
    const [pod] = await on.pods('app=hello');
    if (!pod) throw new Error('no pod');
    const conditions = [{ type: 'Ready', status: 'False' }];
    await on.client.update(pods, { ...pod, status: { ...pod.status, conditions } }, { subresource: 'status' });
    await on.clock.advance(0);
    expect(await addresses(false)).toEqual([pod.status?.podIP]);
    const object = await on.client.get(endpoints, key);
    expect(object.subsets?.[0]?.notReadyAddresses?.map(({ ip }) => ip)).toEqual([pod.status?.podIP]);
    await on.client.delete(services, key);
    await on.until('slices gone', async () => (await slices()).length === 0);
    await on.until(
      'endpoints gone',
      async () => (await on.client.list(endpoints, { namespace: 'default' })).items.length === 0,
    );
  });
});
