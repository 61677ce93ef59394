import { expect, test } from 'vitest';
import type { Node, Pod, PodDisruptionBudget } from '../../../lib/kube/types.ts';
import { node, pod, type PodOptions } from '../../../test/support/kube-builders.ts';
import { ClusterState } from '../cluster-state.ts';
import { noDevices } from '../devices/pod-device-claims.ts';
import { noStorage } from '../volumes/pod-claims.ts';
import { chooseVictims } from './choose-victims.ts';

const small = (name: string, more: Partial<Parameters<typeof node>[0]> = {}) =>
  node({ name, allocatable: { cpu: '4', memory: '8Gi', pods: '10' }, ...more });

interface Running extends PodOptions {
  readonly on: string;
  readonly priority?: number;
  readonly cpu: string;
  readonly startedAt?: string;
}

function running(name: string, { on, priority = 0, cpu, startedAt, ...options }: Running): Pod {
  const made = pod({ name, node: on, requests: { cpu }, ...options });
  return {
    ...made,
    spec: { ...made.spec, containers: made.spec?.containers ?? [], priority },
    status: { ...made.status, ...(startedAt ? { startTime: startedAt } : {}) },
  };
}

function important(cpu: string, spec: Partial<NonNullable<Pod['spec']>> = {}): Pod {
  return pod({ name: 'important', requests: { cpu }, spec: { priority: 1_000, ...spec } });
}

function choose(of: Pod, nodes: readonly Node[], pods: readonly Pod[], budgets: readonly PodDisruptionBudget[] = []) {
  const state = new ClusterState();
  for (const one of nodes) state.setNode(one);
  for (const one of pods) state.setPod(one, one.spec?.nodeName ?? '');
  const before = JSON.stringify(state.nodes().map(({ requested }) => requested));
  const found = chooseVictims(of, {
    state,
    namespaceLabels: () => undefined,
    storage: noStorage,
    devices: noDevices,
    budgets,
  });
  expect(JSON.stringify(state.nodes().map(({ requested }) => requested)), 'the state is as before').toBe(before);
  return found && { ...found, victims: found.victims.map(({ metadata }) => metadata?.name) };
}

test('only as many go as must, the least important first', () => {
  const pods = [
    running('low', { on: 'a', cpu: '1', priority: 1 }),
    running('lower', { on: 'a', cpu: '1', priority: 0 }),
    running('middle', { on: 'a', cpu: '2', priority: 500 }),
  ];
  expect(choose(important('1'), [small('a')], pods)).toEqual({ node: 'a', victims: ['lower'], violations: 0 });
  expect(choose(important('2'), [small('a')], pods)?.victims).toEqual(['low', 'lower']);
});

test('nobody goes for a pod that is not more important, that may not push, or that would not fit anyway', () => {
  const pods = [running('same', { on: 'a', cpu: '4', priority: 1_000 })];
  expect(choose(important('1'), [small('a')], pods)).toBeUndefined();
  const lower = [running('lower', { on: 'a', cpu: '4' })];
  expect(choose(important('1', { preemptionPolicy: 'Never' }), [small('a')], lower)).toBeUndefined();
  expect(choose(important('5'), [small('a')], lower)).toBeUndefined();
  expect(choose(important('1', { nodeSelector: { disk: 'ssd' } }), [small('a')], lower)).toBeUndefined();
  expect(choose(important('1'), [small('a', { spec: { unschedulable: true } })], lower)).toBeUndefined();
  const leaving = [running('leaving', { on: 'a', cpu: '4', deleting: true })];
  expect(choose(important('1'), [small('a')], leaving)).toBeUndefined();
});

test('the node is chosen on which least is lost', () => {
  const nodes = [small('a'), small('b'), small('c')];
  const pods = [
    running('a-1', { on: 'a', cpu: '4', priority: 10 }),
    running('b-1', { on: 'b', cpu: '2', priority: 5 }),
    running('b-2', { on: 'b', cpu: '2', priority: 5 }),
    running('c-1', { on: 'c', cpu: '4', priority: 5 }),
  ];
  // The highest priority that goes counts before how many go.
  expect(choose(important('4'), nodes, pods)).toMatchObject({ node: 'c', victims: ['c-1'] });
  expect(choose(important('4'), nodes.slice(0, 2), pods)).toMatchObject({ node: 'b', victims: ['b-1', 'b-2'] });
});

test('of pods that are alike those that have run for the shortest time go', () => {
  const pods = [
    running('old', { on: 'a', cpu: '4', startedAt: '2026-01-01T00:00:00Z' }),
    running('young', { on: 'b', cpu: '4', startedAt: '2026-01-02T00:00:00Z' }),
  ];
  expect(choose(important('4'), [small('a'), small('b')], pods)?.victims).toEqual(['young']);
  const both = [
    running('old', { on: 'a', cpu: '2', startedAt: '2026-01-01T00:00:00Z' }),
    running('young', { on: 'a', cpu: '2', startedAt: '2026-01-02T00:00:00Z' }),
  ];
  expect(choose(important('2'), [small('a')], both)?.victims).toEqual(['young']);
});

test('a disruption budget is kept where there is another way', () => {
  const budget: PodDisruptionBudget = {
    metadata: { name: 'kept', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'kept' } } },
    status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
  };
  const kept = { labels: { app: 'kept' } };
  const sideBySide = [
    running('kept', { on: 'a', cpu: '2', priority: 0, ...kept }),
    running('free', { on: 'a', cpu: '2', priority: 5 }),
  ];
  expect(choose(important('2'), [small('a')], sideBySide, [budget])).toMatchObject({
    victims: ['free'],
    violations: 0,
  });
  const elsewhere = [
    running('kept', { on: 'a', cpu: '4', priority: 0, ...kept }),
    running('free', { on: 'b', cpu: '4', priority: 5 }),
  ];
  expect(choose(important('2'), [small('a'), small('b')], elsewhere, [budget])?.node).toBe('b');
  expect(choose(important('2'), [small('a')], elsewhere, [budget])).toMatchObject({ victims: ['kept'], violations: 1 });
});

test('a port, and a neighbour that is not borne, are given up, too', () => {
  const port = { containers: [{ name: 'main', image: 'a', ports: [{ containerPort: 80, hostPort: 80 }] }] };
  const holder = running('holder', { on: 'a', cpu: '1' });
  const withPort = { ...holder, spec: { ...holder.spec, ...port } };
  const wanting = important('1', port);
  expect(choose(wanting, [small('a')], [withPort])?.victims).toEqual(['holder']);
  const apart = {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: 'noisy' } }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    },
  };
  const noisy = running('noisy', { on: 'a', cpu: '1', labels: { app: 'noisy' } });
  const quiet = running('quiet', { on: 'a', cpu: '1' });
  expect(choose(important('1', apart), [small('a')], [noisy, quiet])?.victims).toEqual(['noisy']);
});
