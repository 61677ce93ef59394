import { afterAll, beforeAll, expect, test } from 'vitest';
import { namespaces, secrets } from '../../../lib/kube/resources.ts';
import type { Pod, PodSpec, Volume } from '../../../lib/kube/types.ts';
import { podsOf, testOutputs, type OutputCase } from './output-case.ts';
import { PodSpace } from './pod-space.ts';
import { scriptPod } from './script-pod.ts';

/** ConfigMaps and Secrets as files, by themselves and projected. Each pod writes the mode and the content of the files that it is to find. */
const space = new PodSpace('conformance-file-volumes');
const elsewhere = 'conformance-file-volumes-elsewhere';

type Source = Omit<Volume, 'name'>;

function readingPod(
  name: string,
  sources: readonly Source[],
  files: readonly string[],
  securityContext?: PodSpec['securityContext'],
): Pod {
  const volumes = sources.map((source, index) => ({ name: `volume-${index + 1}`, ...source }));
  return scriptPod(name, files.map((file) => `stat -L -c %A ${file} && cat ${file}`).join(' && '), {
    spec: { volumes, ...(securityContext === undefined ? {} : { securityContext }) },
    container: { volumeMounts: volumes.map((volume) => ({ name: volume.name, mountPath: `/${volume.name}` })) },
  });
}

const projected = (source: NonNullable<NonNullable<Volume['projected']>['sources']>[number], defaultMode?: number) => ({
  projected: { sources: [source], ...(defaultMode === undefined ? {} : { defaultMode }) },
});

const mapped = [{ key: 'data-2', path: 'path/to/data-2' }];
const config = { name: 'config' };
const secret = { secretName: 'secret' };
const nonRoot = { runAsUser: 1000 };

const cases: readonly OutputCase[] = [
  {
    name: '[sig-storage] ConfigMap should be consumable from pods in volume with mappings as non-root [NodeConformance]',
    pod: readingPod(
      'config-mapped-non-root',
      [{ configMap: { ...config, items: mapped } }],
      ['/volume-1/path/to/data-2'],
      nonRoot,
    ),
    output: '-rw-r--r--\nvalue-2\n',
  },
  {
    name: '[sig-storage] ConfigMap should be consumable in multiple volumes in the same pod [NodeConformance]',
    pod: readingPod(
      'config-twice',
      [{ configMap: config }, { configMap: config }],
      ['/volume-1/data-1', '/volume-2/data-1'],
    ),
    output: '-rw-r--r--\nvalue-1\n-rw-r--r--\nvalue-1\n',
  },
  {
    name: '[sig-storage] Projected configMap should be consumable from pods in volume [NodeConformance]',
    pod: readingPod('projected-config', [projected({ configMap: config })], ['/volume-1/data-1']),
    output: '-rw-r--r--\nvalue-1\n',
  },
  {
    name: '[sig-storage] Projected configMap should be consumable from pods in volume with defaultMode set [LinuxOnly] [NodeConformance]',
    pod: readingPod('projected-config-mode', [projected({ configMap: config }, 0o400)], ['/volume-1/data-1']),
    output: '-r--------\nvalue-1\n',
  },
  {
    name: '[sig-storage] Projected configMap should be consumable from pods in volume with mappings [NodeConformance]',
    pod: readingPod(
      'projected-config-mapped',
      [projected({ configMap: { ...config, items: mapped } })],
      ['/volume-1/path/to/data-2'],
    ),
    output: '-rw-r--r--\nvalue-2\n',
  },
  {
    // The description asks for r--r--r--: what a user who is not the owner may do with a file of the default mode.
    name: '[sig-storage] Projected configMap should be consumable from pods in volume with mappings as non-root [NodeConformance]',
    pod: readingPod(
      'projected-config-mapped-non-root',
      [projected({ configMap: { ...config, items: mapped } })],
      ['/volume-1/path/to/data-2'],
      nonRoot,
    ),
    output: '-rw-r--r--\nvalue-2\n',
  },
  {
    name: '[sig-storage] Projected configMap should be consumable in multiple volumes in the same pod [NodeConformance]',
    pod: readingPod(
      'projected-config-twice',
      [projected({ configMap: config }), projected({ configMap: config })],
      ['/volume-1/data-1', '/volume-2/data-1'],
    ),
    output: '-rw-r--r--\nvalue-1\n-rw-r--r--\nvalue-1\n',
  },
  {
    name: '[sig-storage] Projected secret should be consumable from pods in volume as non-root with defaultMode and fsGroup set [LinuxOnly] [NodeConformance]',
    pod: readingPod(
      'projected-secret-group',
      [projected({ secret: { name: 'secret' } }, 0o440)],
      ['/volume-1/data-1'],
      {
        runAsUser: 1000,
        fsGroup: 1001,
      },
    ),
    output: '-r--r-----\nvalue-1\n',
  },
  {
    name: '[sig-storage] Projected secret should be consumable from pods in volume with defaultMode set [LinuxOnly] [NodeConformance]',
    pod: readingPod('projected-secret-mode', [projected({ secret: { name: 'secret' } }, 0o400)], ['/volume-1/data-1']),
    output: '-r--------\nvalue-1\n',
  },
  {
    name: '[sig-storage] Projected secret should be consumable from pods in volume with mappings and Item Mode set [LinuxOnly] [NodeConformance]',
    pod: readingPod(
      'projected-secret-item-mode',
      [projected({ secret: { name: 'secret', items: [{ key: 'data-1', path: 'new-path-data-1', mode: 0o400 }] } })],
      ['/volume-1/new-path-data-1'],
    ),
    output: '-r--------\nvalue-1\n',
  },
  {
    name: '[sig-storage] Projected secret should be consumable in multiple volumes in a pod [NodeConformance]',
    pod: readingPod(
      'projected-secret-twice',
      [projected({ secret: { name: 'secret' } }, 0o400), projected({ secret: { name: 'secret' } }, 0o400)],
      ['/volume-1/data-1', '/volume-2/data-1'],
    ),
    output: '-r--------\nvalue-1\n-r--------\nvalue-1\n',
  },
  {
    name: '[sig-storage] Secrets should be able to mount in a volume regardless of a different secret existing with same name in different namespace [NodeConformance]',
    pod: readingPod('secret-of-two', [{ secret: { secretName: 'in-both' } }], ['/volume-1/data-1']),
    output: '-rw-r--r--\nof this namespace\n',
  },
  {
    name: '[sig-storage] Secrets should be consumable from pods in volume [NodeConformance]',
    pod: readingPod('secret', [{ secret }], ['/volume-1/data-1']),
    output: '-rw-r--r--\nvalue-1\n',
  },
  {
    name: '[sig-storage] Secrets should be consumable in multiple volumes in a pod [NodeConformance]',
    pod: readingPod('secret-twice', [{ secret }, { secret }], ['/volume-1/data-1', '/volume-2/data-1']),
    output: '-rw-r--r--\nvalue-1\n-rw-r--r--\nvalue-1\n',
  },
];

const bytes = Buffer.from([0xde, 0xca, 0xfe, 0xba, 0xd0, 0xfe, 0xff, 0x00]);

const binary = scriptPod('config-binary', 'cat /volume/text && xxd -p /volume/dump.bin', {
  spec: { volumes: [{ name: 'volume', configMap: { name: 'binary' } }] },
  container: { volumeMounts: [{ name: 'volume', mountPath: '/volume' }] },
});

beforeAll(async () => {
  await space.open();
  const { client } = space.cluster;
  await client.create(namespaces, { metadata: { name: elsewhere } });
  await client.create(secrets, {
    metadata: { name: 'in-both', namespace: elsewhere },
    stringData: { 'data-1': 'of the other namespace\n' },
  });
  const data = { 'data-1': 'value-1\n', 'data-2': 'value-2\n', 'data-3': 'value-3\n' };
  await Promise.all([
    space.configMap('config', data),
    space.secret('secret', data),
    space.secret('in-both', { 'data-1': 'of this namespace\n' }),
    space.configMap('binary', { text: 'value-1\n' }, { binaryData: { 'dump.bin': bytes.toString('base64') } }),
  ]);
  await space.createAll([...podsOf(cases), binary]);
});
afterAll(async () => {
  await space.close();
  await space.cluster.client.delete(namespaces, { name: elsewhere });
});

testOutputs(space, cases);

test('[sig-storage] ConfigMap binary data should be reflected in volume [NodeConformance]', async () => {
  expect(await space.outputOf('config-binary')).toBe(`value-1\n${bytes.toString('hex')}\n`);
});
