import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { events, pods } from '../../../lib/kube/resources.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { mustRun } from '../../support/run-program.ts';
import { AgentCluster } from './agent-cluster.ts';
import { busyboxImage as image } from './images.ts';

const run = promisify(execFile);
const MiB = 1024 * 1024;

let cluster: AgentCluster;
beforeAll(async () => {
  cluster = await AgentCluster.start();
}, 120_000);
afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const idle = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.1; done'];
const amounts = (cpu: string, memory: string) => ({ requests: { cpu, memory }, limits: { cpu, memory } });
const first = (pod: Pod) => pod.status?.containerStatuses?.[0];
const conditionOf = (pod: Pod, type: string) => pod.status?.conditions?.find((condition) => condition.type === type);
const isRunning = (pod: Pod) => pod.status?.containerStatuses?.every((status) => status.state?.running) === true;
const has = (pod: Pod, cpu: string, memory: string) =>
  first(pod)?.resources?.limits?.['cpu'] === cpu && first(pod)?.resources?.limits?.['memory'] === memory;

function kubectl(...args: readonly string[]): Promise<{ stdout: string }> {
  const env = { ...process.env, KUBECONFIG: cluster.controlPlane.kubeconfig };
  return run('kubectl', args, { env, timeout: 30_000 });
}

const resize = (pod: string, resources: object, container = 'main') =>
  kubectl(
    'patch',
    'pod',
    pod,
    '--subresource',
    'resize',
    '--patch',
    JSON.stringify({ spec: { containers: [{ name: container, resources }] } }),
  );

/** What the container itself sees of its control group: cpu quota per 100 ms, and bytes. */
async function seenInside(pod: Pod, index = 0): Promise<readonly [string, number]> {
  const id = pod.status?.containerStatuses?.[index]?.containerID?.replace('docker://', '') ?? '';
  const script =
    'if [ -f /sys/fs/cgroup/cpu.max ]; then cut -d" " -f1 /sys/fs/cgroup/cpu.max; cat /sys/fs/cgroup/memory.max; else cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/memory/memory.limit_in_bytes; fi';
  const [quota = '', bytes = ''] = (await mustRun('docker', ['exec', id, 'sh', '-c', script])).trim().split('\n');
  return [quota, Number(bytes)];
}

async function eventsOf(pod: string): Promise<string[]> {
  const list = await cluster.client.list(events, { namespace: 'default' });
  return list.items.filter(({ involvedObject }) => involvedObject.name === pod).map(({ reason }) => reason ?? '');
}

const remove = (name: string) => cluster.client.delete(pods, { namespace: 'default', name }, { gracePeriodSeconds: 0 });

describe('a resize on Docker', () => {
  test('reaches the control group of the container that runs, up and down', async () => {
    await cluster.run('grow', {
      containers: [{ name: 'main', image, command: idle, resources: amounts('100m', '32Mi') }],
    });
    const before = await cluster.until('it runs', 'grow', (pod) => isRunning(pod) && has(pod, '100m', '32Mi'));
    expect(await seenInside(before)).toEqual(['10000', 32 * MiB]);
    expect((await resize('grow', amounts('200m', '64Mi'))).stdout).toContain('pod/grow patched');
    const grown = await cluster.until('it has more', 'grow', (pod) => has(pod, '200m', '64Mi'));
    expect(await seenInside(grown)).toEqual(['20000', 64 * MiB]);
    await resize('grow', amounts('150m', '48Mi'));
    const shrunk = await cluster.until(
      'it has less',
      'grow',
      (pod) => has(pod, '150m', '48Mi') && !conditionOf(pod, 'PodResizeInProgress'),
    );
    expect(await seenInside(shrunk)).toEqual(['15000', 48 * MiB]);
    for (const pod of [grown, shrunk])
      expect(first(pod)).toMatchObject({ containerID: first(before)?.containerID, restartCount: 0 });
    expect(shrunk.status?.observedGeneration).toBe(shrunk.metadata?.generation);
    expect(first(shrunk)?.allocatedResources).toEqual({ cpu: '150m', memory: '48Mi' });
    await eventually('it is told', async () => {
      const reasons = await eventsOf('grow');
      return reasons.includes('ResizeStarted') && reasons.includes('ResizeCompleted');
    });
    await remove('grow');
  });

  test('of three containers at once changes each as asked', async () => {
    const containers = ['c1', 'c2', 'c3'].map((name) => ({
      name,
      image,
      command: idle,
      resources: amounts('100m', '32Mi'),
    }));
    await cluster.run('three', { containers });
    const before = await cluster.until('it runs', 'three', isRunning);
    const wanted = { c1: amounts('140m', '48Mi'), c2: amounts('150m', '40Mi'), c3: amounts('60m', '24Mi') };
    const spec = { containers: Object.entries(wanted).map(([name, resources]) => ({ name, resources })) };
    await kubectl('patch', 'pod', 'three', '--subresource', 'resize', '--patch', JSON.stringify({ spec }));
    const after = await cluster.until('all have it', 'three', (pod) =>
      (pod.status?.containerStatuses ?? []).every(
        ({ name, resources }) => resources?.limits?.['cpu'] === wanted[name as keyof typeof wanted].limits.cpu,
      ),
    );
    expect(await Promise.all([0, 1, 2].map((index) => seenInside(after, index)))).toEqual([
      ['14000', 48 * MiB],
      ['15000', 40 * MiB],
      ['6000', 24 * MiB],
    ]);
    expect(after.status?.containerStatuses?.map(({ containerID }) => containerID)).toEqual(
      before.status?.containerStatuses?.map(({ containerID }) => containerID),
    );
    await remove('three');
  });

  test('restarts the container where its policy says so', async () => {
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    await cluster.run('policy', {
      containers: [{ name: 'main', image, command: idle, resizePolicy, resources: amounts('100m', '32Mi') }],
    });
    await cluster.until('it runs', 'policy', isRunning);
    await resize('policy', amounts('200m', '32Mi'));
    const same = await cluster.until('cpu is given as it runs', 'policy', (pod) => has(pod, '200m', '32Mi'));
    expect(first(same)?.restartCount).toBe(0);
    await resize('policy', amounts('200m', '64Mi'));
    const anew = await cluster.until(
      'it is restarted for memory',
      'policy',
      (pod) => isRunning(pod) && first(pod)?.restartCount === 1 && has(pod, '200m', '64Mi'),
    );
    expect(await seenInside(anew)).toEqual(['20000', 64 * MiB]);
    await remove('policy');
  });

  test('that can never be had, or not below what is in use, is said and changes nothing', async () => {
    // Memory of its own that it keeps: a file in /dev/shm is charged to whoever wrote it.
    const hungry = [
      'sh',
      '-c',
      'dd if=/dev/zero of=/dev/shm/x bs=1M count=40; trap "exit 0" TERM; while :; do sleep 0.1; done',
    ];
    await cluster.run('refused', {
      containers: [{ name: 'main', image, command: hungry, resources: amounts('100m', '64Mi') }],
    });
    await cluster.until('it runs', 'refused', isRunning);
    await eventually('it has its memory', async () => (await cluster.logs('refused')).includes('40+0 records out'));
    await resize('refused', amounts('1000', '64Mi'));
    const infeasible = await cluster.until(
      'it is infeasible',
      'refused',
      (pod) => conditionOf(pod, 'PodResizePending')?.reason === 'Infeasible',
    );
    expect(conditionOf(infeasible, 'PodResizePending')?.message).toMatch(
      /^Node didn't have enough capacity: cpu, requested: 1000000, capacity: \d+$/,
    );
    expect(has(infeasible, '100m', '64Mi')).toBe(true);
    await resize('refused', amounts('100m', '16Mi'));
    const refused = await cluster.until(
      'it is refused',
      'refused',
      (pod) => conditionOf(pod, 'PodResizeInProgress')?.reason === 'Error',
    );
    expect(conditionOf(refused, 'PodResizePending')).toBeUndefined();
    expect(conditionOf(refused, 'PodResizeInProgress')?.message).toMatch(
      /cannot decrease memory limits: attempting to set container "main" memory limit \(16777216\) below current usage \(\d+\)/,
    );
    expect(await seenInside(refused)).toEqual(['10000', 64 * MiB]);
    expect(first(refused)?.restartCount).toBe(0);
    await remove('refused');
  });

  test('is finished by the agent that comes after, and what was given stays given', async () => {
    await cluster.run('agent', {
      containers: [{ name: 'main', image, command: idle, resources: amounts('100m', '32Mi') }],
    });
    const before = await cluster.until('it runs', 'agent', isRunning);
    await cluster.killAgent();
    await resize('agent', amounts('200m', '64Mi'));
    await cluster.startAgent();
    const after = await cluster.until('it has more', 'agent', (pod) => has(pod, '200m', '64Mi'));
    expect(first(after)?.containerID).toBe(first(before)?.containerID);
    await resize('agent', amounts('500', '64Mi'));
    await cluster.until('it is infeasible', 'agent', (pod) => conditionOf(pod, 'PodResizePending') !== undefined);
    await cluster.killAgent();
    await cluster.startAgent();
    await eventually('the agent speaks again', () => cluster.isNodeReady());
    const still = await cluster.pod('agent');
    expect(has(still, '200m', '64Mi')).toBe(true);
    expect(first(still)?.containerID).toBe(first(before)?.containerID);
    expect(await seenInside(still)).toEqual(['20000', 64 * MiB]);
    await remove('agent');
  });
});
