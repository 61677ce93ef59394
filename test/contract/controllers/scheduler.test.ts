import { afterEach, describe, expect, test } from 'vitest';
import { podCondition } from '../../../lib/kube/pod-facts.ts';
import { events, nodes, pods } from '../../../lib/kube/resources.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import { ControlLoops } from './control-loops.ts';

let loops: ControlLoops | undefined;

afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

const key = { namespace: 'default', name: 'lonely' };

function lonely(spec: Partial<NonNullable<Pod['spec']>> = {}): Pod {
  return { metadata: { ...key }, spec: { containers: [{ name: 'main', image: 'hello:1' }], ...spec } };
}

describe('a pod that fits nowhere', () => {
  test('says why in its condition and once in an event, and is placed as soon as a node fits', async () => {
    loops = await ControlLoops.start({ nodes: ['node-1'] });
    const on = loops;
    await on.client.create(pods, lonely({ nodeSelector: { disk: 'ssd' } }));
    const message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
    await on.until('condition', async () => {
      const condition = podCondition(await on.client.get(pods, key), 'PodScheduled');
      return condition?.status === 'False' && condition.reason === 'Unschedulable' && condition.message === message;
    });
    await on.clock.advance(130_000);
    const { items } = await on.client.list(events, { fieldSelector: 'reason=FailedScheduling' });
    expect(items).toMatchObject([{ message, type: 'Warning', count: 1, source: { component: 'default-scheduler' } }]);
    await on.client.patch(nodes, { name: 'node-1' }, 'merge', { metadata: { labels: { disk: 'ssd' } } });
    await on.until('placed', async () => (await on.client.get(pods, key)).spec?.nodeName === 'node-1', 1_000);
    expect(podCondition(await on.client.get(pods, key), 'PodScheduled')?.status).toBe('True');
  });

  test('is placed when another pod makes room', async () => {
    loops = await ControlLoops.start({ nodes: ['node-1'] });
    const on = loops;
    const big = (name: string): Pod => ({
      metadata: { name, namespace: 'default' },
      spec: { containers: [{ name: 'main', image: 'hello:1', resources: { requests: { cpu: '3' } } }] },
    });
    await on.client.create(pods, big('first'));
    await on.clock.advance(100);
    await on.client.create(pods, big('second'));
    await on.clock.advance(1_000);
    const second = { namespace: 'default', name: 'second' };
    expect((await on.client.get(pods, second)).spec?.nodeName).toBeUndefined();
    await on.client.delete(pods, { namespace: 'default', name: 'first' });
    await on.until('placed', async () => (await on.client.get(pods, second)).spec?.nodeName, 1_000);
  });
});

describe('a pod that matters more than others', () => {
  const cpu = (name: string, amount: string, priority: number): Pod => ({
    metadata: { name, namespace: 'default' },
    spec: {
      containers: [{ name: 'main', image: 'hello:1', resources: { requests: { cpu: amount } } }],
      priority,
      terminationGracePeriodSeconds: 5,
    },
  });
  const at = (name: string) => ({ namespace: 'default', name });

  test('gets the place of those that have to go, which nobody else takes meanwhile', async () => {
    loops = await ControlLoops.start({ nodes: ['node-1'] });
    const on = loops;
    // They take their time: until the test lets them go.
    for (const name of ['low-1', 'low-2']) {
      const low = cpu(name, '2', 10);
      await on.client.create(pods, { ...low, metadata: { ...low.metadata, finalizers: ['test/held'] } });
    }
    await on.until('both run', async () =>
      (await on.pods()).every(({ spec, status }) => spec?.nodeName && status?.phase === 'Running'),
    );
    await on.client.create(pods, cpu('high', '2', 1_000));
    const victim = await on.until('one goes', async () => (await leaving(on))[0]);
    expect(podCondition(victim, 'DisruptionTarget')).toMatchObject({
      status: 'True',
      reason: 'PreemptionByScheduler',
    });
    await on.until(
      'it is said where',
      async () => (await on.client.get(pods, at('high'))).status?.nominatedNodeName === 'node-1',
    );
    // One that would fit once the room is made, and comes while it is made.
    await on.client.create(pods, cpu('thief', '2', 10));
    await on.clock.advance(2_000);
    expect(await leaving(on)).toHaveLength(1);
    await on.client.patch(pods, at(victim.metadata?.name ?? ''), 'merge', { metadata: { finalizers: null } });
    await on.until('it runs there', async () => (await on.client.get(pods, at('high'))).spec?.nodeName, 20_000);
    expect((await on.client.get(pods, at('thief'))).spec?.nodeName).toBeUndefined();
    expect((await on.client.get(pods, at('high'))).status?.nominatedNodeName).toBeUndefined();
    const { items } = await on.client.list(events, { fieldSelector: 'reason=Preempted' });
    expect(items).toHaveLength(1);
    expect(items[0]?.message).toMatch(/^Preempted by pod [0-9a-f-]{36} on node node-1$/);
  });

  test('pushes nobody out when it may not', async () => {
    loops = await ControlLoops.start({ nodes: ['node-1'] });
    const on = loops;
    await on.client.create(pods, cpu('low', '4', 10));
    await on.until('it has its place', async () => (await on.client.get(pods, at('low'))).spec?.nodeName);
    const polite = cpu('polite', '2', 1_000);
    await on.client.create(pods, {
      ...polite,
      spec: { ...polite.spec, containers: polite.spec?.containers ?? [], preemptionPolicy: 'Never' },
    });
    await on.clock.advance(5_000);
    expect(await on.pods()).toHaveLength(2);
    expect(await leaving(on)).toEqual([]);
  });
});

async function leaving(on: ControlLoops): Promise<readonly Pod[]> {
  const { items } = await on.client.list(pods, { namespace: 'default' });
  return items.filter(({ metadata }) => metadata?.deletionTimestamp !== undefined);
}

describe('the scheduler', () => {
  test('never gives a node more than it has, however many pods come at once', async () => {
    loops = await ControlLoops.start({ nodes: ['node-1', 'node-2'] });
    const on = loops;
    const resources = { requests: { cpu: '1' } };
    await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        on.client.create(pods, {
          metadata: { name: `pod-${index}`, namespace: 'default' },
          spec: { containers: [{ name: 'main', image: 'hello:1', resources }] },
        }),
      ),
    );
    await on.clock.advance(2_000);
    const placed = (await on.pods()).map((pod) => pod.spec?.nodeName);
    expect(placed.filter((name) => name === 'node-1')).toHaveLength(4);
    expect(placed.filter((name) => name === 'node-2')).toHaveLength(4);
    expect(placed.filter((name) => name === undefined)).toHaveLength(4);
  });

  test('leaves pods of another scheduler and gated pods alone', async () => {
    loops = await ControlLoops.start();
    const on = loops;
    await on.client.create(pods, lonely({ schedulerName: 'mine' }));
    await on.client.create(pods, {
      ...lonely({ schedulingGates: [{ name: 'wait' }] }),
      metadata: { name: 'gated', namespace: 'default' },
    });
    await on.clock.advance(1_000);
    expect((await on.pods()).map((pod) => pod.spec?.nodeName)).toEqual([undefined, undefined]);
  });

  test('says in the event and the decision which node it avoided, and why', async () => {
    loops = await ControlLoops.start({
      nodes: ['node-1', 'node-2'],
      failures: {
        failuresOf: ({ name }, node) =>
          name === 'lonely' && node === 'node-1'
            ? { count: 4, sinceMs: 1_700_000_000_000 - 600_000, lastReason: 'exit code 1' }
            : undefined,
      },
    });
    const on = loops;
    await on.client.create(pods, lonely());
    await on.until('placed', async () => (await on.client.get(pods, key)).spec?.nodeName === 'node-2');
    await on.clock.advance(100);
    const { items } = await on.client.list(events, { fieldSelector: 'reason=Scheduled' });
    expect(items[0]?.message).toBe(
      'Successfully assigned default/lonely to node-2 (node-1 avoided: 4 failures of lonely there in 10 m (last: exit code 1))',
    );
    expect(on.records.find(({ dataset }) => dataset === 'decisions')?.document).toMatchObject({
      vigil: { decision: { decision: 'AvoidNode', evidence: { failures: { 'node-1': { count: 4 } } } } },
    });
  });
});
