import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../../lib/clock.ts';
import { isPodReady } from '../../../lib/kube/pod-facts.ts';
import { deployments, events, nodes, pods } from '../../../lib/kube/resources.ts';
import { ControlLoops } from './control-loops.ts';

const byText = (a: unknown, b: unknown) => (String(a) < String(b) ? -1 : 1);

let loops: ControlLoops | undefined;

afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

/** Time that passes without anything running in it. */
class StallingClock extends FakeClock {
  #stalledMs = 0;

  standStill(byMs: number): void {
    this.#stalledMs += byMs;
  }

  override monotonicMs(): number {
    return super.monotonicMs() + this.#stalledMs;
  }
}

async function start(options: Parameters<typeof ControlLoops.start>[0] = {}): Promise<ControlLoops> {
  loops = await ControlLoops.start(options);
  await loops.client.create(deployments, {
    metadata: { name: 'hello', namespace: 'default' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'hello' } },
      template: {
        metadata: { labels: { app: 'hello' } },
        spec: { containers: [{ name: 'main', image: 'hello:1' }] },
      },
    },
  });
  await running(loops, 3);
  return loops;
}

async function running(on: ControlLoops, count: number, withinMs?: number): Promise<void> {
  await on.until(
    `${count} pods ready`,
    async () => (await on.pods('app=hello')).filter(isPodReady).length === count,
    withinMs,
  );
}

async function nodesOf(on: ControlLoops): Promise<string[]> {
  return (await on.pods('app=hello')).map((pod) => pod.spec?.nodeName ?? '').toSorted(byText);
}

describe('a node that falls silent', () => {
  test('has its pods running elsewhere within ten seconds', async () => {
    const on = await start();
    on.kubelets.kill('node-2');
    await on.until('two ready', async () => (await on.pods('app=hello')).filter(isPodReady).length === 2, 6_500);
    const left = await on.client.get(nodes, { name: 'node-2' });
    expect(left.status?.conditions?.[0]).toMatchObject({
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
    });
    await on.until('taint', async () => {
      const { spec } = await on.client.get(nodes, { name: 'node-2' });
      return spec?.taints?.some(
        ({ key, effect }) => key === 'node.kubernetes.io/unreachable' && effect === 'NoExecute',
      );
    });
    await on.until(
      'three ready elsewhere',
      async () =>
        (await nodesOf(on)).length === 3 &&
        !(await nodesOf(on)).includes('node-2') &&
        (await on.pods('app=hello')).every(isPodReady),
      3_500,
    );
    const all = await on.client.list(pods, { namespace: 'default' });
    expect(all.items.filter((pod) => pod.spec?.nodeName === 'node-2')).toEqual([]);
  });

  test('leaves a decision with its evidence, and a termination record for each container', async () => {
    const on = await start();
    on.kubelets.kill('node-2');
    const decision = await on.until('decision', () =>
      on.records.find(({ document }) => JSON.stringify(document).includes('"decision":"Evict"')),
    );
    expect(decision.document).toMatchObject({
      vigil: {
        decision: {
          component: 'node-lifecycle',
          object: { kind: 'Node', name: 'node-2' },
          evidence: { podCount: 1, forced: true, nodesDown: 1, nodes: 3 },
        },
      },
    });
    expect(on.records.find(({ dataset }) => dataset === 'terminations')?.document).toMatchObject({
      vigil: { termination: { reason: 'NodeLost' } },
    });
    await on.clock.advance(100);
    const { items } = await on.client.list(events, { fieldSelector: 'reason=EvictingPods' });
    expect(items).toHaveLength(1);
  });

  test('takes pods again when it is back', async () => {
    const on = await start();
    on.kubelets.kill('node-2');
    await on.until(
      'moved',
      async () => (await nodesOf(on)).length === 3 && !(await nodesOf(on)).includes('node-2'),
      12_000,
    );
    await on.kubelets.revive('node-2');
    await on.until('no taints', async () => {
      const { spec } = await on.client.get(nodes, { name: 'node-2' });
      return (spec?.taints ?? []).length === 0;
    });
    await on.client.patch(deployments, { namespace: 'default', name: 'hello' }, 'merge', { spec: { replicas: 4 } });
    await running(on, 4);
    expect(await nodesOf(on)).toContain('node-2');
  });

  test('a pod that came back in time keeps its place', async () => {
    const on = await start();
    const before = (await on.pods('app=hello')).map((pod) => pod.metadata?.uid).toSorted(byText);
    on.kubelets.kill('node-2');
    await on.until('not ready', async () => (await on.pods('app=hello')).filter(isPodReady).length === 2, 6_500);
    await on.kubelets.revive('node-2');
    await on.clock.advance(10_000);
    expect((await on.pods('app=hello')).map((pod) => pod.metadata?.uid).toSorted(byText)).toEqual(before);
  });

  test('keeps its pods for as long as they tolerate it in the kubernetes profile, and they are not taken off by force', async () => {
    const on = await start({ profile: 'kubernetes' });
    on.kubelets.kill('node-2');
    await on.clock.advance(300_000);
    expect(await nodesOf(on)).toContain('node-2');
    await on.until('marked', async () => !(await nodesOf(on)).includes('node-2'), 120_000);
    const all = await on.client.list(pods, { namespace: 'default' });
    expect(all.items.filter((pod) => pod.spec?.nodeName === 'node-2')).toHaveLength(1);
  });
});

describe('the brake', () => {
  test('moves nothing when all nodes are silent at once', async () => {
    const on = await start();
    for (const name of ['node-1', 'node-2', 'node-3']) on.kubelets.kill(name);
    await on.clock.advance(60_000);
    expect(await nodesOf(on)).toEqual(['node-1', 'node-2', 'node-3']);
    const { items } = await on.client.list(nodes);
    expect(items.flatMap(({ spec }) => spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute')).toEqual([]);
  });

  test('moves node by node when more than 55 % are silent', async () => {
    const on = await start({ nodes: ['node-1', 'node-2', 'node-3', 'node-4', 'node-5'] });
    for (const name of ['node-1', 'node-2', 'node-3']) on.kubelets.kill(name);
    await on.clock.advance(9_000);
    const evicting = async () =>
      (await on.client.list(nodes)).items.filter(({ spec }) =>
        spec?.taints?.some(({ effect }) => effect === 'NoExecute'),
      ).length;
    expect(await evicting()).toBeLessThan(3);
    await on.until('all in the end', async () => (await evicting()) === 3, 40_000);
  });

  test('does not hold the standstill of this process against the nodes', async () => {
    const clock = new StallingClock();
    const on = await start({ clock });
    for (let stall = 0; stall < 5; stall++) {
      clock.standStill(60_000);
      await on.clock.advance(1_300);
      const { items } = await on.client.list(nodes);
      expect(items.map((node) => node.status?.conditions?.[0]?.status)).toEqual(['True', 'True', 'True']);
    }
  });
});

describe('a node that is taken out', () => {
  test('takes no new pods when cordoned', async () => {
    const on = await start();
    await on.client.patch(nodes, { name: 'node-1' }, 'merge', { spec: { unschedulable: true } });
    await on.until('taint', async () => {
      const { spec } = await on.client.get(nodes, { name: 'node-1' });
      return spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/unschedulable');
    });
    await on.client.patch(deployments, { namespace: 'default', name: 'hello' }, 'merge', { spec: { replicas: 9 } });
    await running(on, 9);
    expect((await nodesOf(on)).filter((name) => name === 'node-1')).toHaveLength(1);
    await on.client.patch(nodes, { name: 'node-1' }, 'merge', { spec: { unschedulable: null } });
    await on.until(
      'no taint',
      async () => ((await on.client.get(nodes, { name: 'node-1' })).spec?.taints ?? []).length === 0,
    );
  });

  test('has its pods removed after it was deleted', async () => {
    const on = await start();
    on.kubelets.kill('node-3');
    await on.client.delete(nodes, { name: 'node-3' });
    await on.until(
      'moved',
      async () => (await nodesOf(on)).length === 3 && !(await nodesOf(on)).includes('node-3'),
      20_000,
    );
  });
});
