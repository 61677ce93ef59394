import { describe, expect, test } from 'vitest';
import type { Node, Pod, Taint, Toleration } from '../../lib/kube/types.ts';
import { node, pod, testNowMs, type PodOptions } from '../../test/support/kube-builders.ts';
import { ClusterState } from './cluster-state.ts';
import { decide, type Placement } from './decide.ts';
import { noDevices } from './devices/pod-device-claims.ts';
import { noFailureMemory, type FailureMemory } from './failure-memory.ts';
import { noStorage } from './volumes/pod-claims.ts';

function cluster(nodes: readonly Node[], pods: readonly Pod[] = []): ClusterState {
  const state = new ClusterState();
  for (const one of nodes) state.setNode(one);
  for (const one of pods) state.setPod(one, one.spec?.nodeName ?? '');
  return state;
}

const namespaceLabels: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  default: { team: 'web' },
  other: { team: 'data' },
};

function place(of: Pod, state: ClusterState, failures: FailureMemory = noFailureMemory): Placement {
  return decide(of, {
    state,
    failures,
    namespaceLabels: (name) => namespaceLabels[name],
    storage: noStorage,
    devices: noDevices,
    nowMs: testNowMs,
  });
}

function nodeOf(placement: Placement): string {
  return placement.fits ? placement.node : placement.message;
}

const three = [node({ name: 'node-1' }), node({ name: 'node-2' }), node({ name: 'node-3' })];
const waiting = (options: PodOptions = {}) => pod({ name: 'new', ...options });
const owner = { kind: 'ReplicaSet', name: 'hello-abc', uid: 'set' };

describe('what a node refuses, in the words of upstream', () => {
  const cases: { name: string; nodes: Node[]; pods?: Pod[]; pod?: PodOptions; message: string }[] = [
    { name: 'no nodes at all', nodes: [], message: 'no nodes available to schedule pods' },
    {
      name: 'cordoned',
      nodes: [node({ spec: { unschedulable: true } })],
      message: '0/1 nodes are available: 1 node(s) were unschedulable.',
    },
    {
      name: 'tainted',
      nodes: [node({ spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } })],
      message: '0/1 nodes are available: 1 node(s) had untolerated taint {gpu: yes}.',
    },
    {
      name: 'not ready and not yet tainted',
      nodes: [node({ ready: 'False' }), node({ name: 'node-2', ready: 'never' })],
      message: '0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.',
    },
    {
      name: 'node selector',
      nodes: three,
      pod: { spec: { nodeSelector: { disk: 'ssd' } } },
      message: "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    },
    {
      name: 'CPU and memory, both named',
      nodes: [node({ allocatable: { cpu: '1', memory: '1Gi' } })],
      pod: { requests: { cpu: '2', memory: '2Gi' } },
      message: '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.',
    },
    {
      name: 'what running pods have requested',
      nodes: [node({ allocatable: { cpu: '1' } })],
      pods: [pod({ name: 'a', node: 'node-1', requests: { cpu: '600m' } })],
      pod: { requests: { cpu: '500m' } },
      message: '0/1 nodes are available: 1 Insufficient cpu.',
    },
    {
      name: 'a resource that the node does not have',
      nodes: [node()],
      pod: { requests: { 'example.com/gpu': '1' } },
      message: '0/1 nodes are available: 1 Insufficient example.com/gpu.',
    },
    {
      name: 'the number of pods',
      nodes: [node({ allocatable: { pods: '1' } })],
      pods: [pod({ name: 'a', node: 'node-1' })],
      message: '0/1 nodes are available: 1 Too many pods.',
    },
    {
      name: 'a host port that is taken',
      nodes: [node()],
      pods: [
        pod({
          name: 'a',
          node: 'node-1',
          spec: { containers: [{ name: 'm', ports: [{ containerPort: 80, hostPort: 8080 }] }] },
        }),
      ],
      pod: {
        spec: { containers: [{ name: 'm', ports: [{ containerPort: 80, hostPort: 8080, hostIP: '127.0.0.1' }] }] },
      },
      message: "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
    },
    {
      name: 'different reasons, counted and in order',
      nodes: [
        node({ spec: { unschedulable: true } }),
        node({ name: 'b', allocatable: { cpu: '1' } }),
        node({ name: 'c', allocatable: { cpu: '1' } }),
      ],
      pod: { requests: { cpu: '2' } },
      message: '0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.',
    },
  ];
  test.each(cases)('$name', ({ nodes, pods, pod: options, message }) => {
    expect(nodeOf(place(waiting(options), cluster(nodes, pods)))).toBe(message);
  });

  test('a finished pod takes nothing', () => {
    const done = pod({ name: 'a', node: 'node-1', phase: 'Succeeded', requests: { cpu: '4' } });
    expect(nodeOf(place(waiting({ requests: { cpu: '4' } }), cluster([node()], [done])))).toBe('node-1');
  });

  test('an init container counts only where it needs more than all others together', () => {
    const spec = {
      initContainers: [{ name: 'init', resources: { requests: { cpu: '3' } } }],
      containers: [{ name: 'm', resources: { requests: { cpu: '2' } } }],
    };
    expect(nodeOf(place(waiting({ spec }), cluster([node({ allocatable: { cpu: '3' } })])))).toBe('node-1');
    expect(nodeOf(place(waiting({ spec }), cluster([node({ allocatable: { cpu: '2500m' } })])))).toContain(
      'Insufficient cpu',
    );
  });
});

describe('tolerations', () => {
  const taint: Taint = { key: 'dedicated', value: 'db', effect: 'NoSchedule' };
  test.each<{ name: string; toleration: Toleration; fits: boolean }>([
    {
      name: 'equal',
      toleration: { key: 'dedicated', operator: 'Equal', value: 'db', effect: 'NoSchedule' },
      fits: true,
    },
    { name: 'another value', toleration: { key: 'dedicated', value: 'web' }, fits: false },
    { name: 'exists', toleration: { key: 'dedicated', operator: 'Exists' }, fits: true },
    { name: 'another effect', toleration: { key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }, fits: false },
    { name: 'everything', toleration: { operator: 'Exists' }, fits: true },
  ])('$name', ({ toleration, fits }) => {
    const placement = place(
      waiting({ spec: { tolerations: [toleration] } }),
      cluster([node({ spec: { taints: [taint] } })]),
    );
    expect(placement.fits).toBe(fits);
  });

  test('a soft taint is avoided but not refused', () => {
    const soft = node({ name: 'node-1', spec: { taints: [{ key: 'old', effect: 'PreferNoSchedule' }] } });
    expect(nodeOf(place(waiting(), cluster([soft, node({ name: 'node-2' })])))).toBe('node-2');
    expect(nodeOf(place(waiting(), cluster([soft])))).toBe('node-1');
  });
});

describe('node affinity', () => {
  const zones = [
    node({ name: 'a', labels: { zone: 'a', rank: '3' } }),
    node({ name: 'b', labels: { zone: 'b', rank: '7' } }),
  ];
  const required = (key: string, operator: string, values?: string[]) => ({
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key, operator, ...(values ? { values } : {}) }] }],
          },
        },
      },
    },
  });
  test.each([
    { expression: ['zone', 'In', ['b']] as const, expected: 'b' },
    { expression: ['zone', 'NotIn', ['a']] as const, expected: 'b' },
    { expression: ['rank', 'Gt', ['5']] as const, expected: 'b' },
    { expression: ['rank', 'Lt', ['5']] as const, expected: 'a' },
  ])('$expression', ({ expression: [key, operator, values], expected }) => {
    expect(nodeOf(place(waiting(required(key, operator, [...values])), cluster(zones)))).toBe(expected);
  });

  test('a preference decides between nodes that are otherwise alike', () => {
    const preferred = {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 10, preference: { matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] } },
        ],
      },
    };
    expect(nodeOf(place(waiting({ spec: { affinity: preferred } }), cluster(zones)))).toBe('b');
  });
});

describe('pod affinity', () => {
  const cache = pod({ name: 'cache', labels: { app: 'cache' }, node: 'node-2' });
  const term = (app: string) => ({ labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' });
  const wants = (app: string) => ({ podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app)] } });
  const avoids = (app: string) => ({
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term(app)] },
  });

  test('goes where the wanted pod is', () => {
    expect(nodeOf(place(waiting({ spec: { affinity: wants('cache') } }), cluster(three, [cache])))).toBe('node-2');
  });

  test('goes nowhere when the wanted pod is nowhere', () => {
    expect(nodeOf(place(waiting({ spec: { affinity: wants('queue') } }), cluster(three, [cache])))).toBe(
      "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.",
    );
  });

  test('the first of a group that wants itself may go anywhere', () => {
    expect(place(waiting({ spec: { affinity: wants('hello') } }), cluster(three)).fits).toBe(true);
  });

  test('stays away from pods that it does not want beside it', () => {
    const state = cluster(three.slice(1), [cache]);
    expect(nodeOf(place(waiting({ spec: { affinity: avoids('cache') } }), state))).toBe('node-3');
  });

  test('stays away from pods that do not want it', () => {
    const shy = pod({ name: 'shy', node: 'node-1', spec: { affinity: avoids('hello') } });
    expect(nodeOf(place(waiting(), cluster([node()], [shy])))).toBe(
      "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.",
    );
  });

  test('looks into other namespaces only when told to, by name or by label', () => {
    const elsewhere = pod({ name: 'cache', labels: { app: 'cache' }, node: 'node-2', meta: { namespace: 'other' } });
    const state = cluster(three, [elsewhere]);
    const among = (more: object) => ({
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...term('cache'), ...more }] },
    });
    expect(place(waiting({ spec: { affinity: among({}) } }), state).fits).toBe(false);
    expect(nodeOf(place(waiting({ spec: { affinity: among({ namespaces: ['other'] }) } }), state))).toBe('node-2');
    const byLabel = among({ namespaceSelector: { matchLabels: { team: 'data' } } });
    expect(nodeOf(place(waiting({ spec: { affinity: byLabel } }), state))).toBe('node-2');
  });

  test('a preference draws or repels without forcing', () => {
    const prefer = (kind: 'podAffinity' | 'podAntiAffinity') => ({
      [kind]: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term('cache') }] },
    });
    const state = cluster(three.slice(0, 2), [cache]);
    expect(nodeOf(place(waiting({ spec: { affinity: prefer('podAffinity') } }), state))).toBe('node-2');
    expect(nodeOf(place(waiting({ spec: { affinity: prefer('podAntiAffinity') } }), state))).toBe('node-1');
  });
});

describe('topology spread', () => {
  const zones = [node({ name: 'a', labels: { zone: 'a' } }), node({ name: 'b', labels: { zone: 'b' } })];
  const constraint = (whenUnsatisfiable: string) => [
    { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable, labelSelector: { matchLabels: { app: 'hello' } } },
  ];
  const there = [pod({ name: 'x', node: 'a' }), pod({ name: 'y', node: 'a' })];

  test('keeps the difference between places within maxSkew', () => {
    const spec = { topologySpreadConstraints: constraint('DoNotSchedule') };
    expect(nodeOf(place(waiting({ spec }), cluster(zones, there)))).toBe('b');
    const full = [...there, pod({ name: 'big', labels: {}, node: 'b', requests: { cpu: '4' } })];
    expect(nodeOf(place(waiting({ spec, requests: { cpu: '1' } }), cluster(zones, full)))).toBe(
      "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints.",
    );
  });

  test('a node without the label is no place', () => {
    const spec = { topologySpreadConstraints: constraint('DoNotSchedule') };
    expect(nodeOf(place(waiting({ spec }), cluster([node()])))).toBe(
      "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label).",
    );
  });

  test('as a wish it prefers the emptier place', () => {
    const spec = { topologySpreadConstraints: constraint('ScheduleAnyway') };
    const even = [...there, pod({ name: 'z', labels: {}, node: 'b' }), pod({ name: 'w', labels: {}, node: 'b' })];
    expect(nodeOf(place(waiting({ spec }), cluster(zones, even)))).toBe('b');
  });
});

describe('what makes one node better than another', () => {
  test('pods of one owner are spread', () => {
    const state = cluster(three, [
      pod({ name: 'x', owner, node: 'node-1' }),
      pod({ name: 'y', owner, node: 'node-3' }),
    ]);
    expect(nodeOf(place(waiting({ owner }), state))).toBe('node-2');
  });

  test('the emptier node is taken', () => {
    const state = cluster(three, [
      pod({ name: 'x', node: 'node-1', requests: { cpu: '2', memory: '4Gi' } }),
      pod({ name: 'y', node: 'node-2', requests: { cpu: '1', memory: '2Gi' } }),
    ]);
    expect(nodeOf(place(waiting({ requests: { cpu: '100m' } }), state))).toBe('node-3');
  });

  test('the answer does not depend on the order in which nodes became known', () => {
    expect(nodeOf(place(waiting(), cluster(three)))).toBe(nodeOf(place(waiting(), cluster(three.toReversed()))));
  });
});

describe('the memory of failures', () => {
  const crashesOn = (...bad: readonly string[]): FailureMemory => ({
    failuresOf: ({ kind, name, namespace }, where) =>
      kind === 'Deployment' && name === 'hello' && namespace === 'default' && bad.includes(where)
        ? { count: 4, sinceMs: testNowMs - 600_000, lastReason: 'exit code 1' }
        : undefined,
  });
  const ofDeployment = waiting({ owner, labels: { app: 'hello', 'pod-template-hash': 'abc' } });

  test('a node where the workload failed is avoided, and the placement says so', () => {
    const placement = place(
      ofDeployment,
      cluster(three, [pod({ name: 'x', owner, node: 'node-1' }), pod({ name: 'y', owner, node: 'node-2' })]),
      crashesOn('node-3'),
    );
    expect(placement).toMatchObject({ fits: true });
    expect(nodeOf(placement)).not.toBe('node-3');
    expect(placement.fits && placement.avoidance).toBe(
      'node-3 avoided: 4 failures of hello there in 10 m (last: exit code 1)',
    );
  });

  test('it is taken when no other node fits, and the placement says that too', () => {
    const placement = place(ofDeployment, cluster([node({ name: 'node-3' })]), crashesOn('node-3'));
    expect(nodeOf(placement)).toBe('node-3');
    expect(placement.fits && placement.avoidance).toBe(
      'no node without failures fits: 4 failures of hello on node-3 in 10 m (last: exit code 1)',
    );
  });

  test('another workload does not care', () => {
    const placement = place(waiting(), cluster([node({ name: 'node-3' })]), crashesOn('node-3'));
    expect(placement.fits && placement.avoidance).toBeUndefined();
  });
});
