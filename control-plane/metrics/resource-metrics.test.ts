import { describe, expect, test } from 'vitest';
import { ResourceMetrics } from './resource-metrics.ts';
import { parseStatsSummary } from './stats-summary.ts';
import { usageBetween } from './usage.ts';

const startMs = 1_700_000_000_000;
const second = 1_000;

const at = (seconds: number) => new Date(startMs + seconds * second).toISOString();
const reading = (seconds: number, cpuSeconds: number, over: object = {}) => ({
  cpu: { time: at(seconds), usageCoreNanoSeconds: cpuSeconds * 1e9, ...over },
  memory: { workingSetBytes: 64 * 1024 * 1024 },
});
const summary = (seconds: number, cpuSeconds: number, uid = 'uid-1') =>
  parseStatsSummary(
    JSON.stringify({
      node: { nodeName: 'node-1', ...reading(seconds, cpuSeconds * 2) },
      pods: [
        {
          podRef: { name: 'a', namespace: 'default', uid },
          containers: [{ name: 'main', ...reading(seconds, cpuSeconds) }],
        },
      ],
    }),
    startMs,
  );

function metrics(): { readonly metrics: ResourceMetrics; readonly time: { nowMs: number } } {
  const time = { nowMs: startMs };
  return { metrics: new ResourceMetrics(() => time.nowMs), time };
}

describe('a reading of an agent', () => {
  test('what is not as expected is left out, the rest is kept', () => {
    const found = parseStatsSummary(
      JSON.stringify({
        node: 7,
        pods: [
          null,
          { podRef: { name: 'a' } },
          {
            podRef: { name: 'b', namespace: 'default', uid: 'u' },
            containers: [{ name: 'x', cpu: { usageCoreNanoSeconds: -1 } }, { name: 'y', ...reading(0, 1) }, 'z'],
          },
        ],
      }),
      startMs,
    );
    expect(found.node).toBeUndefined();
    expect(found.pods.map((pod) => [pod.name, pod.containers.map((container) => container.name)])).toEqual([
      ['b', ['y']],
    ]);
  });
});

describe('usage between two readings', () => {
  const sample = (seconds: number, cpuSeconds: number, nanoCores?: number) => ({
    timeMs: startMs + seconds * second,
    cpuNanos: cpuSeconds * 1e9,
    memoryBytes: 1,
    ...(nanoCores === undefined ? {} : { nanoCores }),
  });

  test.each([
    ['half a core over five seconds', sample(0, 10), sample(5, 12.5), 5e8],
    ['nothing yet', undefined, sample(5, 12), undefined],
    ["the agent's own rate until then", undefined, sample(5, 12, 3e8), 3e8],
    ['a counter that began anew says nothing', sample(0, 10), sample(5, 1), undefined],
    ['readings too near each other say nothing', sample(0, 10), sample(0.5, 11), undefined],
  ] as const)('%s', (_, before, after, nanoCores) => {
    expect(usageBetween(before, after)?.nanoCores).toBe(nanoCores);
  });
});

describe('the last reading of each node', () => {
  test('rates come with the second reading, for the node and for each container', () => {
    const { metrics: subject } = metrics();
    subject.update('node-1', summary(0, 10));
    expect(subject.podUsage('node-1', 'default', 'a')).toBeUndefined();
    subject.update('node-1', summary(5, 11));
    expect(subject.podUsage('node-1', 'default', 'a')).toMatchObject({
      uid: 'uid-1',
      containers: [{ name: 'main', nanoCores: 2e8, windowMs: 5_000, memoryBytes: 67_108_864 }],
    });
    expect(subject.nodeUsage('node-1')?.nanoCores).toBe(4e8);
  });

  test('the same reading again keeps the rate', () => {
    const { metrics: subject } = metrics();
    for (const [seconds, cpu] of [
      [0, 10],
      [5, 11],
      [5, 11],
    ] as const)
      subject.update('node-1', summary(seconds, cpu));
    expect(subject.nodeUsage('node-1')?.nanoCores).toBe(4e8);
  });

  test('a new pod of the same name begins anew', () => {
    const { metrics: subject } = metrics();
    subject.update('node-1', summary(0, 10));
    subject.update('node-1', summary(5, 11, 'uid-2'));
    expect(subject.podUsage('node-1', 'default', 'a')).toBeUndefined();
  });

  test('a node that was not read for a minute has no figures', () => {
    const { metrics: subject, time } = metrics();
    subject.update('node-1', summary(0, 10));
    subject.update('node-1', summary(5, 11));
    time.nowMs += 60_001;
    expect(subject.nodeUsage('node-1')).toBeUndefined();
  });
});
