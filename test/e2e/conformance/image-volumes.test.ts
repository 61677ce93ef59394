import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connectDocker } from '../../../cli/cluster/engine.ts';
import { enginesOf } from '../../../cli/cluster/node-engines.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pods, secrets } from '../../../lib/kube/resources.ts';
import type { Container, Pod, PodSpec } from '../../../lib/kube/types.ts';
import { ImageRegistry } from '../../servers/image-registry.ts';
import { eventually } from '../../support/eventually.ts';
import { PodSpace } from './pod-space.ts';
import { scriptPod } from './script-pod.ts';

/** Volumes that show the files of images, pulled from registries of the tests' own. */
const space = new PodSpace('conformance-image-volumes');
let registry: ImageRegistry;
let closedRegistry: ImageRegistry;
let kitten: string;
let secretKitten: string;

const content = { 'data.json': '{"file":"kitten.jpg"}\n', 'etc/os-release': 'NAME="Alpine Linux"\n' };
const loop = "trap 'exit 0' TERM; while :; do usleep 100000; done";

type Mount = NonNullable<Container['volumeMounts']>[number];

/** A pod that goes on, with a volume called `volume` at /volume. */
function showingPod(
  name: string,
  image: NonNullable<NonNullable<PodSpec['volumes']>[number]['image']>,
  mount: Partial<Mount> = {},
  over: Partial<PodSpec> = {},
): Pod {
  const { containers } = scriptPod(name, loop).spec ?? { containers: [] };
  const volumeMounts = [{ name: 'volume', mountPath: '/volume', ...mount }];
  return scriptPod(name, loop, {
    spec: {
      volumes: [{ name: 'volume', image }],
      containers: containers.map((container) => ({ ...container, volumeMounts })),
      ...over,
    },
  });
}

const running = (name: string) => space.until(name, 'runs', ({ status }) => status?.phase === 'Running');
const waiting = (name: string, reason: string) =>
  space.until(name, `waits: ${reason}`, ({ status }) =>
    Boolean(status?.containerStatuses?.some(({ state }) => state?.waiting?.reason === reason)),
  );
const read = async (name: string, path: string) => (await space.exec(name, 'cat', path)).stdout;

async function showsKitten(name: string, at = '/volume'): Promise<void> {
  expect(await read(name, `${at}/data.json`)).toBe(content['data.json']);
  expect(await read(name, `${at}/etc/os-release`)).toBe(content['etc/os-release']);
}

beforeAll(async () => {
  [registry, closedRegistry] = await Promise.all([ImageRegistry.start(), ImageRegistry.start('cat:meow')]);
  kitten = await registry.push('test/kitten', '1.0', content);
  secretKitten = await closedRegistry.push('test/kitten', '2.0', content);
  await space.open();
});
afterAll(async () => {
  await space.close();
  await removePulled();
  await Promise.all([registry.stop(), closedRegistry.stop()]);
});

test('[sig-node] ImageVolume should succeed with pod and pull policy of Always [LinuxOnly] [MinimumKubeletVersion:1.35]', async () => {
  await space.create(showingPod('always', { reference: kitten, pullPolicy: 'Always' }));
  const { status } = await running('always');
  await showsKitten('always');
  expect(status?.containerStatuses?.[0]?.volumeMounts).toEqual([{ name: 'volume', mountPath: '/volume' }]);
  const written = await space.exec('always', 'sh', '-c', 'echo x > /volume/data.json');
  expect(written.stderr).toContain('Read-only file system');
  expect((await space.exec('always', 'ls', '-A', '/volume')).stdout.split('\n').filter(Boolean)).toEqual([
    'data.json',
    'etc',
  ]);
});

test('pods and volumes of a node share the files of an image, which go with the last of them', async () => {
  // Files that no other image here has: the engine calls images of the same files one image.
  const reference = await registry.push('test/shared', '1', { ...content, shared: 'by these pods alone\n' });
  const nodeName = 'node-1';
  const other = { name: 'other', image: { reference } };
  const { containers } = showingPod('x', {}).spec ?? { containers: [] };
  const before = await copiesOn(nodeName);
  const mounts = [
    { name: 'volume', mountPath: '/volume' },
    { name: 'other', mountPath: '/other' },
  ];
  await space.create(
    showingPod(
      'two-volumes',
      { reference },
      {},
      {
        nodeName,
        volumes: [{ name: 'volume', image: { reference } }, other],
        containers: containers.map((container) => ({ ...container, volumeMounts: mounts })),
      },
    ),
  );
  await running('two-volumes');
  const copies = (await copiesOn(nodeName)).filter((name) => !before.includes(name));
  expect(copies).toHaveLength(1);
  await space.create(showingPod('same-node', { reference }, {}, { nodeName }));
  await running('same-node');
  await showsKitten('two-volumes');
  await showsKitten('two-volumes', '/other');
  expect((await copiesOn(nodeName)).filter((name) => !before.includes(name))).toEqual(copies);
  await remove('two-volumes');
  await showsKitten('same-node');
  await remove('same-node');
  await eventually('the files are gone', async () => !(await copiesOn(nodeName)).some((name) => copies.includes(name)));
});

test('a pull secret of the pod opens a registry, and without it the pod waits for the image', async () => {
  await space.create(showingPod('no-secret', { reference: secretKitten }));
  await waiting('no-secret', 'ImagePullBackOff');
  const auths = { [closedRegistry.address]: { auth: Buffer.from('cat:meow').toString('base64') } };
  await space.cluster.client.create(secrets, {
    metadata: { namespace: space.namespace, name: 'registry' },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': JSON.stringify({ auths }) },
  });
  await space.create(
    showingPod('with-secret', { reference: secretKitten }, {}, { imagePullSecrets: [{ name: 'registry' }] }),
  );
  await running('with-secret');
  await showsKitten('with-secret');
});

test('an image that there is not keeps those containers waiting that mount it, and no others', async () => {
  const reference = `${registry.address}/test/none:1`;
  const policy = (name: string, pullPolicy: string) => showingPod(name, { reference, pullPolicy });
  await space.createAll([
    showingPod('absent', { reference }),
    policy('never', 'Never'),
    showingPod('no-name', { reference: 'Not A Name' }),
    scriptPod('unused', loop, { spec: { volumes: [{ name: 'volume', image: { reference } }] } }),
  ]);
  const { status } = await waiting('absent', 'ImagePullBackOff');
  expect(status?.containerStatuses?.[0]?.state?.waiting?.message).toContain(`Back-off pulling image "${reference}"`);
  await waiting('never', 'ErrImageNeverPull');
  await waiting('no-name', 'InvalidImageName');
  await running('unused');
  const said = await space.cluster.kubectl('-n', space.namespace, 'describe', 'pod', 'absent');
  expect(said).toContain(`Failed to pull image "${reference}"`);
});

test('a part of an image can be mounted, by name and by an expression, and has to be there', async () => {
  await space.createAll([
    showingPod('part', { reference: kitten }, { subPath: 'etc' }),
    showingPod('file', { reference: kitten }, { subPath: 'data.json' }),
    showingPod('no-part', { reference: kitten }, { subPath: 'not-existing' }),
  ]);
  await running('part');
  expect(await read('part', '/volume/os-release')).toBe(content['etc/os-release']);
  await running('file');
  expect(await read('file', '/volume')).toBe(content['data.json']);
  const { status } = await waiting('no-part', 'CreateContainerError');
  expect(status?.containerStatuses?.[0]?.state?.waiting?.message).toBe('subPath "not-existing" is not in the volume');
});

/** None when the node has never shown an image. */
function copiesOn(node: string): Promise<readonly string[]> {
  return readdir(join(space.cluster.home.node(node), 'state/images')).catch(() => []);
}

/** The engine may be there before and after this cluster. */
async function removePulled(): Promise<void> {
  for (const { dockerHost } of enginesOf(space.cluster.record)) {
    const docker = await connectDocker(dockerHost);
    const tags = (await docker.listImages()).flatMap((image) => image.RepoTags ?? []);
    const ours = tags.filter((tag) => [registry, closedRegistry].some(({ address }) => tag.startsWith(address)));
    for (const tag of ours) await docker.getImage(tag).remove({ force: true });
  }
}

async function remove(name: string): Promise<void> {
  await space.cluster.client.delete(pods, { namespace: space.namespace, name });
  await space.gone(name);
}
