import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pods } from '../../../lib/kube/resources.ts';
import type { ContainerStatus, EphemeralContainer, Pod } from '../../../lib/kube/types.ts';
import { dockerLabels } from '../../../lib/names.ts';
import { eventually } from '../../support/eventually.ts';
import { mustRun } from '../../support/run-program.ts';
import { AgentCluster } from './agent-cluster.ts';
import { busyboxImage as image } from './images.ts';

let cluster: AgentCluster;

beforeAll(async () => {
  cluster = await AgentCluster.start();
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const sh = (script: string) => ['sh', '-c', script];
const statusOf = (pod: Pod, name: string): ContainerStatus | undefined =>
  pod.status?.ephemeralContainerStatuses?.find((status) => status.name === name);
const isRunning = (name: string) => (pod: Pod) => statusOf(pod, name)?.state?.running !== undefined;
const hasEnded = (name: string) => (pod: Pod) => statusOf(pod, name)?.state?.terminated !== undefined;
const idOf = (status: ContainerStatus | undefined) => status?.containerID?.replace('docker://', '') ?? '';

function add(podName: string, container: EphemeralContainer): Promise<Pod> {
  const key = { namespace: 'default', name: podName };
  const patch = { spec: { ephemeralContainers: [container] } };
  return cluster.client.patch(pods, key, 'strategic', patch, { subresource: 'ephemeralcontainers' });
}

test('an ephemeral container looks into a running pod, once, and ends with it', async () => {
  await cluster.run('seen', {
    containers: [
      {
        name: 'main',
        image,
        command: sh('echo kept > /data/file; exec sleep 1000'),
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      },
    ],
    volumes: [{ name: 'data', emptyDir: {} }],
  });
  await cluster.until('the pod runs', 'seen', (pod) => pod.status?.phase === 'Running');

  await add('seen', {
    name: 'look',
    image,
    targetContainerName: 'main',
    command: sh('echo $WHO sees $(tr "\\0" " " < /proc/1/cmdline); cat /data/file /proc/1/root/data/file; exit 3'),
    env: [{ name: 'WHO', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  });
  const looked = await cluster.until('the look is over', 'seen', hasEnded('look'));
  expect(statusOf(looked, 'look')).toMatchObject({
    ready: false,
    restartCount: 0,
    image,
    state: { terminated: { exitCode: 3, reason: 'Error' } },
  });
  expect(await cluster.logs('seen', '?container=look')).toBe('seen sees sleep 1000\nkept\nkept\n');
  expect(looked.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
  const source = join(cluster.dir, 'sources', `${idOf(statusOf(looked, 'look'))}.json`);
  expect(JSON.parse(await readFile(source, 'utf8'))).toMatchObject({
    pod: 'seen',
    container: 'look',
    endedAt: expect.any(String),
  });

  await add('seen', { name: 'stay', image, command: sh('trap "exit 0" TERM; while :; do sleep 0.1; done') });
  const both = await cluster.until('the second one runs', 'seen', isRunning('stay'));
  expect(statusOf(both, 'look')).toEqual(statusOf(looked, 'look'));
  // Its own processes, for it has no target.
  expect(
    await mustRun('docker', ['exec', idOf(statusOf(both, 'stay')), 'sh', '-c', 'tr "\\0" " " < /proc/1/cmdline']),
  ).toContain('trap');

  await cluster.client.delete(pods, { namespace: 'default', name: 'seen' });
  await eventually('nothing of the pod runs', async () => {
    const left = await mustRun('docker', [
      'ps',
      '-q',
      '--no-trunc',
      '--filter',
      `label=${dockerLabels.podUid}=${both.metadata?.uid}`,
    ]);
    return left.trim() === '';
  });
});

test('an agent that comes back starts none again, and one whose target is away waits for it', async () => {
  await cluster.run('adopted', { containers: [{ name: 'main', image, command: sh('exec sleep 1000') }] });
  await cluster.until('the pod runs', 'adopted', (pod) => pod.status?.phase === 'Running');
  await add('adopted', { name: 'look', image, command: sh('echo looked') });
  const before = await cluster.until('the look is over', 'adopted', hasEnded('look'));
  await cluster.killAgent();
  // As a clean-up of the engine by hand would.
  await mustRun('docker', ['rm', idOf(statusOf(before, 'look'))]);
  await cluster.startAgent();
  await add('adopted', { name: 'after', image, targetContainerName: 'main', command: sh('ls -d /proc/1/root/etc') });
  const after = await cluster.until('the next look is over', 'adopted', hasEnded('after'));
  expect(statusOf(after, 'look')).toEqual(statusOf(before, 'look'));

  await cluster.run('away', {
    containers: [{ name: 'main', image: 'vigil/none:dev', imagePullPolicy: 'Never' }],
  });
  await add('away', { name: 'look', image, targetContainerName: 'main', command: sh('true') });
  await cluster.until(
    'it says what it waits for',
    'away',
    (pod) => statusOf(pod, 'look')?.state?.waiting?.message === 'target container "main" is not running',
  );
});
