import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Volume } from '../../../lib/kube/types.ts';
import { PodSpace } from './pod-space.ts';
import { scriptContainer, scriptPod } from './script-pod.ts';

const space = new PodSpace('conformance-empty-dir');

type EmptyDir = NonNullable<Volume['emptyDir']>;

const mediums: Readonly<Record<string, EmptyDir>> = { default: {}, tmpfs: { medium: 'Memory' } };
const users: Readonly<Record<string, number>> = { root: 0, 'non-root': 1001 };

interface ModeCase {
  readonly name: string;
  readonly medium: string;
  readonly user: string;
  readonly mode: string;
  /** As `stat` writes it. */
  readonly shown: string;
}

const modeCases: readonly ModeCase[] = [
  {
    name: '[sig-storage] EmptyDir volumes should support (root,0644,tmpfs) [LinuxOnly] [NodeConformance]',
    medium: 'tmpfs',
    user: 'root',
    mode: '0644',
    shown: '-rw-r--r--',
  },
  {
    name: '[sig-storage] EmptyDir volumes should support (root,0666,tmpfs) [LinuxOnly] [NodeConformance]',
    medium: 'tmpfs',
    user: 'root',
    mode: '0666',
    shown: '-rw-rw-rw-',
  },
  {
    name: '[sig-storage] EmptyDir volumes should support (root,0644,default) [LinuxOnly] [NodeConformance]',
    medium: 'default',
    user: 'root',
    mode: '0644',
    shown: '-rw-r--r--',
  },
  {
    name: '[sig-storage] EmptyDir volumes should support (root,0777,default) [LinuxOnly] [NodeConformance]',
    medium: 'default',
    user: 'root',
    mode: '0777',
    shown: '-rwxrwxrwx',
  },
  {
    name: '[sig-storage] EmptyDir volumes should support (non-root,0644,tmpfs) [LinuxOnly] [NodeConformance]',
    medium: 'tmpfs',
    user: 'non-root',
    mode: '0644',
    shown: '-rw-r--r--',
  },
  {
    name: '[sig-storage] EmptyDir volumes should support (non-root,0666,tmpfs) [LinuxOnly] [NodeConformance]',
    medium: 'tmpfs',
    user: 'non-root',
    mode: '0666',
    shown: '-rw-rw-rw-',
  },
  {
    name: '[sig-storage] EmptyDir volumes should support (non-root,0666,default) [LinuxOnly] [NodeConformance]',
    medium: 'default',
    user: 'non-root',
    mode: '0666',
    shown: '-rw-rw-rw-',
  },
  {
    name: '[sig-storage] EmptyDir volumes should support (non-root,0777,default) [LinuxOnly] [NodeConformance]',
    medium: 'default',
    user: 'non-root',
    mode: '0777',
    shown: '-rwxrwxrwx',
  },
];

/** The file is made by the user, with the mode, and read back; the volume's file system is the machine's own unless it is to be in memory. */
const modePods = modeCases.map(({ medium, user, mode }) =>
  scriptPod(
    `${user}-${mode}-${medium}`,
    `umask 0; echo content > /volume/file && chmod ${mode} /volume/file && stat -c '%A %u' /volume/file && cat /volume/file && stat -f -c %T /volume`,
    {
      spec: { volumes: [{ name: 'volume', emptyDir: mediums[medium] }] },
      container: {
        securityContext: { runAsUser: users[user] },
        volumeMounts: [{ name: 'volume', mountPath: '/volume' }],
      },
    },
  ),
);

const folderPods = Object.entries(mediums).map(([medium, emptyDir]) =>
  scriptPod(`folder-${medium}`, `stat -c '%A %u:%g' /volume; stat -f -c %T /volume`, {
    spec: { volumes: [{ name: 'volume', emptyDir }] },
    container: { volumeMounts: [{ name: 'volume', mountPath: '/volume' }] },
  }),
);

const shared = scriptPod('shared', 'until [ -s /here/file ]; do usleep 50000; done; cat /here/file', {
  spec: {
    volumes: [{ name: 'shared', emptyDir: {} }],
    containers: [
      scriptContainer('main', 'until [ -e /here/done ]; do usleep 50000; done; cat /here/file', {
        volumeMounts: [{ name: 'shared', mountPath: '/here' }],
      }),
      scriptContainer('sub', 'echo "from the other container" > /there/file; touch /there/done', {
        volumeMounts: [{ name: 'shared', mountPath: '/there' }],
      }),
    ],
  },
});

const wrapped = scriptPod('wrapped', 'cat /secret/data-1 /config/data-1; ls /secret /config', {
  spec: {
    volumes: [
      { name: 'secret', secret: { secretName: 'wrapped' } },
      { name: 'config', configMap: { name: 'wrapped' } },
    ],
  },
  container: {
    volumeMounts: [
      { name: 'secret', mountPath: '/secret' },
      { name: 'config', mountPath: '/config' },
    ],
  },
});

const RACING_CONFIG_MAPS = 50;
const RACING_PODS = 5;
const racing = Array.from({ length: RACING_CONFIG_MAPS }, (_, index) => `racey-${index}`);

/** Each has all the volumes, and they are prepared at the same moment. */
const racers = Array.from({ length: RACING_PODS }, (_, index) =>
  scriptPod(`racer-${index}`, 'cat /racey-*/data-1 | sort -n | tr "\\n" " "', {
    spec: { volumes: racing.map((name) => ({ name, configMap: { name } })) },
    container: { volumeMounts: racing.map((name) => ({ name, mountPath: `/${name}` })) },
  }),
);

beforeAll(async () => {
  await space.open();
  await Promise.all([
    space.secret('wrapped', { 'data-1': 'of the secret\n' }),
    space.configMap('wrapped', { 'data-1': 'of the map\n' }),
    ...racing.map((name, index) => space.configMap(name, { 'data-1': `${index}\n` })),
  ]);
  await space.createAll([...modePods, ...folderPods, shared, wrapped, ...racers]);
});
afterAll(() => space.close());

/** As busybox calls what a folder lies on; what the machine's disk is differs from machine to machine. */
const fileSystem = (medium: string) => (medium === 'tmpfs' ? /^tmpfs$/ : /^(?!tmpfs).+$/);

for (const { name, medium, user, mode, shown } of modeCases) {
  test(name, async () => {
    const [file, content, type] = (await space.outputOf(`${user}-${mode}-${medium}`)).split('\n');
    expect({ file, content }).toEqual({ file: `${shown} ${users[user]}`, content: 'content' });
    expect(type).toMatch(fileSystem(medium));
  });
}

for (const [name, medium] of [
  [
    '[sig-storage] EmptyDir volumes volume on default medium should have the correct mode [LinuxOnly] [NodeConformance]',
    'default',
  ],
  [
    '[sig-storage] EmptyDir volumes volume on tmpfs should have the correct mode [LinuxOnly] [NodeConformance]',
    'tmpfs',
  ],
] as const) {
  test(name, async () => {
    const [folder, type] = (await space.outputOf(`folder-${medium}`)).split('\n');
    expect(folder).toBe('drwxrwxrwx 0:0');
    expect(type).toMatch(fileSystem(medium));
  });
}

test('[sig-storage] EmptyDir volumes pod should support shared volumes between containers', async () => {
  expect(await space.outputOf('shared')).toBe('from the other container\n');
});

test('[sig-storage] EmptyDir wrapper volumes should not conflict', async () => {
  expect(await space.outputOf('wrapped')).toBe('of the secret\nof the map\n/config:\ndata-1\n\n/secret:\ndata-1\n');
});

test('[sig-storage] EmptyDir wrapper volumes should not cause race condition when used for configmaps [Serial]', async () => {
  const numbers = `${[...racing.keys()].join(' ')} `;
  for (const { metadata } of racers) expect(await space.outputOf(metadata?.name ?? '')).toBe(numbers);
});
