import { describe, expect, test } from 'vitest';
import { container } from '../../../test/support/agent-builders.ts';
import type { Container } from '../../../lib/kube/types.ts';
import type { EngineAmounts } from '../../runtime/runtime.ts';
import { actualResources, engineAmounts } from './engine-amounts.ts';
import { planResize } from './plan-resize.ts';

const MiB = 1024 * 1024;
const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } };
const has: EngineAmounts = { cpuShares: 102, cpuQuotaUs: 20_000, memoryBytes: 128 * MiB };
const restart = (resourceName: 'cpu' | 'memory'): Partial<Container> => ({
  resizePolicy: [{ resourceName, restartPolicy: 'RestartContainer' }],
});

describe('how a running container comes to what was allocated to it', () => {
  test.each<[string, Partial<Container>, EngineAmounts | undefined, object]>([
    ['it has it', { resources }, has, { kind: 'none' }],
    ['the engine does not say what it has', { resources }, undefined, { kind: 'none' }],
    ['nothing is asked for, and the engine gave the least', {}, { cpuShares: 2 }, { kind: 'none' }],
    [
      'more cpu',
      { resources },
      { ...has, cpuShares: 51, cpuQuotaUs: 10_000 },
      { kind: 'update', amounts: has, lowersMemory: false },
    ],
    ['more memory', { resources }, { ...has, memoryBytes: MiB }, { kind: 'update', amounts: has, lowersMemory: false }],
    [
      'less memory',
      { resources },
      { ...has, memoryBytes: 999 * MiB },
      { kind: 'update', amounts: has, lowersMemory: true },
    ],
    [
      'a limit of memory where there was none',
      { resources },
      { cpuShares: 102, cpuQuotaUs: 20_000 },
      { kind: 'update', amounts: has, lowersMemory: true },
    ],
    [
      'memory that takes a restart',
      { resources, ...restart('memory') },
      { ...has, memoryBytes: MiB },
      { kind: 'restart' },
    ],
    [
      'cpu, where only memory takes a restart',
      { resources, ...restart('memory') },
      { ...has, cpuShares: 51 },
      { kind: 'update', amounts: has, lowersMemory: false },
    ],
    ['cpu that takes a restart', { resources, ...restart('cpu') }, { ...has, cpuQuotaUs: 1 }, { kind: 'restart' }],
  ])('%s', (_, over, actual, step) => {
    expect(planResize(container('main', over), actual)).toEqual(step);
  });
});

describe('what a container is said to have', () => {
  test.each<[string, EngineAmounts | undefined, object]>([
    ['what was allocated, in its own words', has, resources],
    ['what was allocated, when the engine does not say', undefined, resources],
    [
      'what the engine says where that is other',
      { cpuShares: 512, cpuQuotaUs: 100_000, memoryBytes: 256 * MiB },
      { requests: { cpu: '500m', memory: '64Mi' }, limits: { cpu: '1', memory: '256Mi' } },
    ],
  ])('is %s', (_, actual, shown) => {
    expect(actualResources(resources, actual)).toEqual(shown);
  });

  test('amounts are those of the kubelet', () => {
    expect(engineAmounts(resources)).toEqual(has);
    expect(engineAmounts({})).toEqual({ cpuShares: 2 });
    expect(engineAmounts({ limits: { cpu: '1m' } })).toEqual({ cpuShares: 2, cpuQuotaUs: 1_000 });
  });
});
