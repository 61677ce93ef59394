import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { SystemClock } from '../../../lib/clock.ts';
import type { AgentPod } from '../../../node-agent/agent-pods.ts';
import { ContainerUsage } from '../../../node-agent/metrics/container-usage.ts';
import { CgroupReader } from '../../../node-agent/metrics/cgroup-reader.ts';
import { NodeStatsReader } from '../../../node-agent/metrics/node-stats.ts';
import { DockerEndpoint } from '../../../node-agent/streams/docker-endpoint.ts';
import { dockerHost, ensureImage, removeContainers, startContainer } from './engine.ts';

const docker = new DockerEndpoint(dockerHost);
const clock = new SystemClock();
let busy = '';

beforeAll(async () => {
  await ensureImage();
  // So little that it reaches its limit also when everybody else wants the processor.
  busy = await startContainer('busy', ['--memory', '64m', '--cpus', '0.02'], ['/bin/sh', '-c', 'while :; do :; done']);
});

afterAll(removeContainers);

describe('what a real container uses', () => {
  test('is read from its control group: time passes, the limits show', async () => {
    const usage = new ContainerUsage(docker);
    const first = await usage.usage(busy);
    await eventually(async () => (await usage.usage(busy))?.cpuNanos).toBeGreaterThan((first?.cpuNanos ?? 0) + 20e6);
    await eventually(async () => (await usage.usage(busy))?.throttledPeriods).toBeGreaterThan(0);
    const now = await usage.usage(busy);
    expect(now?.memoryLimitBytes).toBe(64 * 1024 * 1024);
    expect(now?.workingSetBytes).toBeGreaterThan(0);
    expect(now?.workingSetBytes).toBeLessThan(64 * 1024 * 1024);
    expect(await usage.network(busy)).toMatchObject([{ name: 'eth0' }]);
  });

  test('is what the engine says, when its files cannot be seen', async () => {
    const fromFiles = await new ContainerUsage(docker).usage(busy);
    const fromEngine = await new ContainerUsage(docker, new CgroupReader('/nowhere')).usage(busy);
    expect(fromEngine?.cpuNanos).toBeGreaterThanOrEqual(fromFiles?.cpuNanos ?? 0);
    expect(fromEngine?.memoryLimitBytes).toBe(fromFiles?.memoryLimitBytes);
    expect(Math.abs((fromEngine?.workingSetBytes ?? 0) - (fromFiles?.workingSetBytes ?? 0))).toBeLessThan(4 << 20);
  });

  test('a container that is gone has no usage', async () => {
    expect(await new ContainerUsage(docker).usage('0'.repeat(64))).toBeUndefined();
  });

  test('adds up to the pod and to the node, with rates from the second reading on', async () => {
    const pod: AgentPod = {
      pod: {
        metadata: { name: 'p', namespace: 'default', uid: 'u' },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      },
      sandboxId: undefined,
      containers: [{ id: busy, name: 'c', isRunning: true, restartCount: 0 }],
    };
    const stats = new NodeStatsReader({
      pods: { get: () => pod, list: () => [pod], container: () => pod.containers[0] },
      usage: new ContainerUsage(docker),
      clock,
      capacity: { cpuCores: 1, memoryBytes: 1 << 30 },
      stateDir: '/tmp',
      ownUsage: () => ({ cpuNanos: 0, memoryBytes: 0 }),
    });
    const first = await stats.read();
    expect(first.nanoCores).toBeUndefined();
    let second = first;
    await eventually(async () => (second = await stats.read()).nanoCores).toBeDefined();
    const nanosOf = ({ pods: [of] }: typeof first) => of?.containers[0]?.usage.cpuNanos ?? 0;
    const passedSeconds = (second.timeMs - first.timeMs) / 1_000;
    const [only] = second.pods;
    expect(only?.containers[0]?.nanoCores).toBeGreaterThan(0);
    expect(only?.containers[0]?.nanoCores).toBeCloseTo((nanosOf(second) - nanosOf(first)) / passedSeconds, -1);
    expect(second.nanoCores).toBe(only?.nanoCores);
  });
});
