import { expect, test } from 'vitest';
import { agentPod, container } from '../../test/support/agent-builders.ts';
import { containerConfig } from './container-config.ts';

test.each([
  ['its own', {}, undefined, 'own'],
  ['those of its target', {}, 'target-id', { containerId: 'target-id' }],
  ['all of the pod that shares them', { shareProcessNamespace: true }, undefined, { containerId: 'sandbox-id' }],
  ['all of the pod, whatever its target', { shareProcessNamespace: true }, 'target-id', { containerId: 'sandbox-id' }],
  ['all of the machine', { hostPID: true }, 'target-id', 'host'],
] as const)('a container sees the processes that it is to see: %s', (_what, spec, targetId, pid) => {
  const config = containerConfig({
    pod: agentPod(spec),
    container: container('main'),
    sandboxId: 'sandbox-id',
    targetId,
    restartCount: 0,
    backOffStep: 0,
    env: new Map(),
    mounts: [],
    machineMemoryBytes: 1 << 30,
    minOomScoreAdj: -1000,
  });
  expect(config.pid).toEqual(pid);
});
