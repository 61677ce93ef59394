import { beforeEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import type { AgentPod } from '../agent-pods.ts';
import type { ContainerUsage } from './container-usage.ts';
import { NodeStatsReader } from './node-stats.ts';
import { noUsage } from './usage.ts';

/** Containers whose CPU time a test sets by hand. */
class SetUsage implements Pick<ContainerUsage, 'usage' | 'network' | 'keep'> {
  readonly cpuNanos = new Map<string, number>();
  reads = 0;

  usage(id: string) {
    this.reads++;
    const cpuNanos = this.cpuNanos.get(id);
    return Promise.resolve(
      cpuNanos === undefined ? undefined : { ...noUsage, cpuNanos, memoryBytes: 100, workingSetBytes: 60 },
    );
  }

  network() {
    return Promise.resolve([]);
  }

  keep(): void {}
}

const pod = (name: string, ...ids: readonly string[]): AgentPod => ({
  pod: { metadata: { name, namespace: 'default', uid: name }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  sandboxId: `${name}-sandbox`,
  containers: ids.map((id) => ({ id, name: 'c', isRunning: true, restartCount: 0 })),
});

let clock: FakeClock;
let usage: SetUsage;
let pods: AgentPod[];
let own: { cpuNanos: number; memoryBytes: number };
let stats: NodeStatsReader;

beforeEach(() => {
  clock = new FakeClock();
  usage = new SetUsage();
  pods = [pod('p', 'a')];
  own = { cpuNanos: 1_000, memoryBytes: 40 };
  usage.cpuNanos.set('a', 5e9);
  stats = new NodeStatsReader({
    pods: { get: () => undefined, list: () => pods, container: () => undefined },
    usage,
    clock,
    capacity: { cpuCores: 1, memoryBytes: 1_000 },
    stateDir: '/',
    ownUsage: () => own,
  });
});

describe('the figures of a node that shares its machine', () => {
  test('are those of its pods and its agent', async () => {
    expect(await stats.read()).toMatchObject({ cpuNanos: 5e9 + 1_000, workingSetBytes: 100, memoryBytes: 140 });
  });

  test('give rates between two readings', async () => {
    await stats.read();
    clock.step(2_000);
    usage.cpuNanos.set('a', 6e9);
    const second = await stats.read();
    expect(second.pods[0]).toMatchObject({ nanoCores: 5e8, containers: [{ nanoCores: 5e8 }] });
    expect(second.nanoCores).toBe(5e8);
  });

  test('never count backwards, when a pod goes or a container starts anew', async () => {
    const first = await stats.read();
    clock.step(2_000);
    pods = [];
    expect((await stats.read()).cpuNanos).toBe(first.cpuNanos);
    clock.step(2_000);
    pods = [pod('q', 'b')];
    usage.cpuNanos.set('b', 1e9);
    expect((await stats.read()).cpuNanos).toBe(first.cpuNanos + 1e9);
  });

  test('stay within what the node offers', async () => {
    own = { cpuNanos: 0, memoryBytes: 5_000 };
    expect(await stats.read()).toMatchObject({ workingSetBytes: 1_000, memoryCapacityBytes: 1_000 });
  });

  test('are read once for all who ask within a second', async () => {
    await Promise.all([stats.read(), stats.read()]);
    await stats.read();
    expect(usage.reads).toBe(2);
    clock.step(1_000);
    await stats.read();
    expect(usage.reads).toBe(4);
  });
});
