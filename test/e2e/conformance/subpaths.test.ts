import { afterAll, beforeAll, expect, test } from 'vitest';
import { pods } from '../../../lib/kube/resources.ts';
import type { Container, Pod, Volume } from '../../../lib/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { podsOf, testOutputs, type OutputCase } from './output-case.ts';
import { PodSpace } from './pod-space.ts';
import { scriptContainer, scriptPod } from './script-pod.ts';

/** Parts of volumes, by name and by expressions. */
const space = new PodSpace('conformance-subpaths');

type Mount = NonNullable<Container['volumeMounts']>[number];

function mountingPod(name: string, volume: Omit<Volume, 'name'>, mount: Omit<Mount, 'name'>): Pod {
  return scriptPod(name, `cat ${mount.mountPath}`, {
    spec: { volumes: [{ name: 'volume', ...volume }] },
    container: { volumeMounts: [{ name: 'volume', ...mount }] },
  });
}

const podname = { path: 'downward/podname', fieldRef: { fieldPath: 'metadata.name' } };

const cases: readonly OutputCase[] = [
  {
    name: '[sig-storage] Subpath Atomic writer volumes should support subpaths with configmap pod with mountPath of existing file',
    pod: mountingPod('config', { configMap: { name: 'config' } }, { mountPath: '/etc/nsswitch.conf', subPath: 'file' }),
    output: 'of the map\n',
  },
  {
    name: '[sig-storage] Subpath Atomic writer volumes should support subpaths with downward pod',
    pod: mountingPod('downward', { downwardAPI: { items: [podname] } }, { mountPath: '/told', subPath: podname.path }),
    output: 'downward',
  },
  {
    name: '[sig-storage] Subpath Atomic writer volumes should support subpaths with projected pod',
    pod: mountingPod(
      'projected',
      {
        projected: {
          sources: [
            { configMap: { name: 'config', items: [{ key: 'file', path: 'deep/in/file' }] } },
            { secret: { name: 'secret' } },
          ],
        },
      },
      { mountPath: '/told', subPath: 'deep/in/file' },
    ),
    output: 'of the map\n',
  },
  {
    name: '[sig-storage] Subpath Atomic writer volumes should support subpaths with secret pod',
    pod: mountingPod('secret', { secret: { secretName: 'secret' } }, { mountPath: '/told', subPath: 'secret-file' }),
    output: 'of the secret\n',
  },
];

/** Mounts the folder of a volume that `PART` names, and writes what the mount is called inside. */
function expandingPod(name: string, part: NonNullable<Container['env']>[number], expression: string): Pod {
  return scriptPod(name, '', {
    spec: {
      volumes: [{ name: 'work', emptyDir: {} }],
      containers: [
        scriptContainer('main', "trap 'exit 0' TERM; touch /logs/here; while :; do usleep 100000; done", {
          env: [part],
          volumeMounts: [
            { name: 'work', mountPath: '/logs', subPathExpr: expression },
            { name: 'work', mountPath: '/whole' },
          ],
        }),
      ],
    },
  });
}

/** Expressions whose value is no path within the volume: steps back (the published name's backticks), a path from the root, a name of nothing. */
const refusedParts = [
  { pod: 'step-back', value: '..', expression: '$(PART)' },
  { pod: 'steps-back', value: 'x/../..', expression: '$(PART)/y' },
  { pod: 'from-the-root', value: '/tmp', expression: '$(PART)' },
  { pod: 'of-nothing', value: 'x', expression: '$(OTHER)' },
];

beforeAll(async () => {
  await space.open();
  await Promise.all([
    space.configMap('config', { file: 'of the map\n' }),
    space.secret('secret', { 'secret-file': 'of the secret\n' }),
  ]);
  await space.createAll([
    ...podsOf(cases),
    ...refusedParts.map(({ pod, value, expression }) => expandingPod(pod, { name: 'PART', value }, expression)),
    expandingPod(
      'modified',
      { name: 'PART', valueFrom: { fieldRef: { fieldPath: "metadata.annotations['part']" } } },
      '$(PART)/logs',
    ),
  ]);
});
afterAll(() => space.close());

testOutputs(space, cases);

const waitsFor = ({ status }: Pod) => status?.containerStatuses?.[0]?.state?.waiting?.reason;

const refused = (pod: string) =>
  space.until(pod, 'is refused its mount', (seen) => waitsFor(seen) === 'CreateContainerConfigError');

test('[sig-node] Variable Expansion should fail substituting values in a volume subpath with backticks', async () => {
  for (const { pod } of refusedParts) {
    const { status } = await refused(pod);
    expect({ pod, phase: status?.phase }).toEqual({ pod, phase: 'Pending' });
  }
});

test('[sig-node] Variable Expansion should verify that a failing subpath expansion can be modified during the lifecycle of a container [Slow]', async () => {
  await refused('modified');
  const key = { namespace: space.namespace, name: 'modified' };
  await space.cluster.client.patch(pods, key, 'merge', { metadata: { annotations: { part: 'mine' } } });
  await space.until('modified', 'runs', ({ status }) => status?.phase === 'Running');
  const exec = ['-n', space.namespace, 'exec', 'modified', '--', 'ls', '/whole/mine/logs'];
  await eventually('the file is in the part of the volume that the annotation names', async () =>
    (await space.cluster.kubectl(...exec)).includes('here'),
  );
});
