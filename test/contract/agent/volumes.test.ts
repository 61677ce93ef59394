import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNotFound } from '../../../lib/kube/client.ts';
import { events, persistentVolumeClaims, persistentVolumes, pods } from '../../../lib/kube/resources.ts';
import type { PersistentVolumeClaim, Pod } from '../../../lib/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { AgentCluster } from './agent-cluster.ts';
import { busyboxImage as image } from './images.ts';

/** Claims on a real control plane, a real agent and real containers, with the agent and the API going away in between. */

let cluster: AgentCluster;

beforeAll(async () => {
  cluster = await AgentCluster.start();
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const key = { namespace: 'default', name: 'data' };
const claim: PersistentVolumeClaim = {
  metadata: key,
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Mi' } } },
};
const idOf = (pod: Pod) => pod.status?.containerStatuses?.[0]?.containerID;
const isRunning = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state?.running !== undefined;
const hasSucceeded = (pod: Pod) => pod.status?.phase === 'Succeeded';

/** A pod that has the claim at /data; placed by the scheduler, which sees to the volume. */
const start = (name: string, script: string, over: Partial<NonNullable<Pod['spec']>> = {}, readOnly = false) =>
  cluster.run(name, {
    restartPolicy: 'Never',
    containers: [
      { name: 'main', image, command: ['sh', '-c', script], volumeMounts: [{ name: 'data', mountPath: '/data' }] },
    ],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data', readOnly } }],
    ...over,
  });

const isGone = (get: Promise<unknown>) =>
  get.then(
    () => false,
    (error: unknown) => isNotFound(error),
  );

describe('a claimed volume', () => {
  test('is written by one pod and read by the next, also across a new agent and while the first pod goes on', async () => {
    await cluster.client.create(persistentVolumeClaims, claim);
    await start('writer', "trap 'exit 0' TERM; echo one > /data/file; while :; do sleep 1; done");
    const before = await cluster.until('the writer runs', 'writer', isRunning);
    await cluster.killAgent();
    await cluster.startAgent();
    await start('reader', 'cat /data/file; echo two >> /data/file');
    await cluster.until('the reader ends', 'reader', hasSucceeded);
    expect(await cluster.logs('reader')).toBe('one\n');
    expect(idOf(await cluster.pod('writer'))).toBe(idOf(before));
  });

  test('cannot be written through a mount that is read-only', async () => {
    await start('careful', 'cat /data/file; touch /data/more 2>/dev/null && echo written || echo refused', {}, true);
    await cluster.until('it ends', 'careful', hasSucceeded);
    expect(await cluster.logs('careful')).toBe('one\ntwo\nrefused\n');
  });

  test('belongs to the group of the pod, whatever user it runs as', async () => {
    const securityContext = { runAsUser: 1234, runAsGroup: 1234, fsGroup: 4321 };
    await start('grouped', 'id -G; echo three >> /data/file && stat -c "%g %a" /data/file', { securityContext });
    await cluster.until('it ends', 'grouped', hasSucceeded);
    expect(await cluster.logs('grouped')).toMatch(/4321[^]*\n4321 66\d\n$/);
  });

  test('goes with its claim, once the last pod has ended', async () => {
    const bound = await cluster.client.get(persistentVolumeClaims, key);
    const volume = bound.spec?.volumeName ?? '';
    await cluster.client.delete(persistentVolumeClaims, key);
    expect(await isGone(cluster.client.get(persistentVolumes, { name: volume }))).toBe(false);
    for (const name of ['writer', 'reader', 'careful', 'grouped']) {
      await cluster.client.delete(pods, { namespace: 'default', name });
    }
    await eventually('claim and volume are gone', async () => {
      const gone = [
        await isGone(cluster.client.get(persistentVolumeClaims, key)),
        await isGone(cluster.client.get(persistentVolumes, { name: volume })),
      ];
      return gone.every(Boolean);
    });
  });
});

test('a pod that names its node itself waits for its claim, and says so', async () => {
  await start('hasty', 'true', { nodeName: cluster.nodeName });
  const message = await eventually('it is told', async () => {
    const { items } = await cluster.client.list(events, { namespace: 'default', fieldSelector: 'reason=FailedMount' });
    return items.find(({ involvedObject }) => involvedObject.name === 'hasty')?.message;
  });
  expect(message).toContain('persistentvolumeclaim "data" not found');
});

test('the files of an image stay with their pod across a new agent, and go with it', async () => {
  await cluster.run('shows', {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'main',
        image,
        command: ['sh', '-c', 'test -x /image/bin/sh && ls /image/www && while :; do sleep 1; done'],
        volumeMounts: [{ name: 'image', mountPath: '/image' }],
      },
    ],
    volumes: [{ name: 'image', image: { reference: image, pullPolicy: 'Never' } }],
  });
  const before = await cluster.until('it runs', 'shows', isRunning);
  const copies = join(cluster.dir, 'state/images');
  await cluster.killAgent();
  // As an agent leaves it that dies while it copies.
  await mkdir(join(copies, 'half.partial'));
  await cluster.startAgent();
  await eventually('what was half made is gone', async () => (await readdir(copies)).length === 1);
  expect(idOf(await cluster.pod('shows'))).toBe(idOf(before));
  await cluster.client.delete(pods, { namespace: 'default', name: 'shows' });
  await eventually('the files are gone', async () => (await readdir(copies)).length === 0);
});

describe('the whole disk of the node', () => {
  // The engine refuses a private mount of a folder that its own lie in.
  test.each([undefined, 'None'])('can be mounted, with propagation %s', async (mountPropagation) => {
    const name = `disk-${mountPropagation?.toLowerCase() ?? 'unsaid'}`;
    await cluster.run(name, {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'main',
          image,
          command: ['sh', '-c', 'ls -d /host/etc'],
          volumeMounts: [
            { name: 'host', mountPath: '/host', ...(mountPropagation === undefined ? {} : { mountPropagation }) },
          ],
        },
      ],
      volumes: [{ name: 'host', hostPath: { path: '/' } }],
    });
    await cluster.until('it ends', name, hasSucceeded);
    expect(await cluster.logs(name)).toBe('/host/etc\n');
  });
});
