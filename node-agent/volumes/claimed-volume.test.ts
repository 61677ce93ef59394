import { chmod, lstat, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim } from '../../lib/kube/types.ts';
import { pod } from '../../test/support/kube-builders.ts';
import { linkClaimedVolume, volumeOfClaim } from './claimed-volume.ts';
import { giveToGroup } from './group-ownership.ts';
import { LocalVolumes } from './local-volumes.ts';

let dir = '';
let volumes: LocalVolumes;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vigil-volumes-'));
  volumes = new LocalVolumes({ dir: join(dir, 'volumes'), podsDir: join(dir, 'pods'), linksDir: 'links' });
});

afterEach(() => rm(dir, { recursive: true, force: true }));

const link = (podUid: string) => join(dir, 'pods', podUid, 'links', 'data');

function persistent(spec: Partial<NonNullable<PersistentVolume['spec']>> = {}): PersistentVolume {
  return {
    metadata: { name: 'v' },
    spec: { claimRef: { namespace: 'default', name: 'c', uid: 'uid-c' }, ...spec },
  };
}

function bound(over: Partial<PersistentVolumeClaim> = {}): PersistentVolumeClaim {
  return { metadata: { name: 'c', uid: 'uid-c' }, spec: { volumeName: 'v' }, status: { phase: 'Bound' }, ...over };
}

describe('folders that a node lends', () => {
  test('are made once, open to any user inside of a folder that is closed, and keep their data', async () => {
    const path = await volumes.make('pvc-1');
    await writeFile(join(path, 'a'), 'kept');
    expect(await volumes.make('pvc-1')).toBe(path);
    expect(await readFile(join(path, 'a'), 'utf8')).toBe('kept');
    expect([(await stat(path)).mode & 0o777, (await stat(join(dir, 'volumes'))).mode & 0o777]).toEqual([0o777, 0o700]);
  });

  test.each(['..', '../x', 'a/b', '', '/etc', 'A', '.', 'a/../../b', 'x\0'])('no name leads out: %j', async (name) => {
    await expect(volumes.make(name)).rejects.toMatchObject({ code: 'VOLUME_NAME_INVALID' });
    await expect(volumes.remove(name)).rejects.toMatchObject({ code: 'VOLUME_NAME_INVALID' });
  });

  test('are removed with what is in them, and not what links in them lead to', async () => {
    const outside = join(dir, 'outside');
    await writeFile(outside, 'stays');
    const path = await volumes.make('pvc-1');
    await mkdir(join(path, 'deep', 'er'), { recursive: true });
    await symlink(outside, join(path, 'deep', 'out'));
    await volumes.remove('pvc-1');
    await volumes.remove('pvc-1');
    await expect(lstat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readFile(outside, 'utf8')).toBe('stays');
  });

  test('are not removed while a pod has them', async () => {
    const path = await volumes.make('pvc-1');
    await linkClaimedVolume(link('uid-p'), persistent({ local: { path } }), pod());
    await expect(volumes.remove('pvc-1')).rejects.toMatchObject({
      code: 'VOLUME_IN_USE',
      message: 'volume pvc-1 is still used by pod uid-p',
    });
    await rm(join(dir, 'pods', 'uid-p'), { recursive: true });
    await volumes.remove('pvc-1');
  });

  test('a file of that name is not taken for one', async () => {
    await mkdir(join(dir, 'volumes'));
    await writeFile(join(dir, 'volumes', 'pvc-1'), '');
    await expect(volumes.make('pvc-1')).rejects.toMatchObject({ code: 'VOLUME_NOT_READY' });
  });
});

describe('the volume of a claim', () => {
  const find = (claim: PersistentVolumeClaim | undefined, volume: PersistentVolume | undefined) =>
    volumeOfClaim(
      'c',
      { claim: () => Promise.resolve(claim), volume: () => Promise.resolve(volume) },
      { metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1' } } },
    );
  const on = (node: string) => ({
    required: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }],
    },
  });

  test('is the one that both are bound to', async () => {
    const volume = persistent({ nodeAffinity: on('node-1') });
    expect(await find(bound(), volume)).toBe(volume);
  });

  test.each<[string, PersistentVolumeClaim | undefined, PersistentVolume | undefined, string]>([
    ['there is no claim', undefined, undefined, 'persistentvolumeclaim "c" not found'],
    ['it is pending', bound({ status: { phase: 'Pending' } }), persistent(), 'persistentvolumeclaim "c" is not bound'],
    ['there is no volume', bound(), undefined, 'persistentvolume "v" not found'],
    [
      "the volume is a former claim's",
      bound({ metadata: { name: 'c', uid: 'uid-new' } }),
      persistent(),
      'persistentvolume "v" is not bound to persistentvolumeclaim "c"',
    ],
    [
      'it is on another node',
      bound(),
      persistent({ nodeAffinity: on('node-2') }),
      'no matching NodeSelectorTerms: persistentvolume "v" is not on this node',
    ],
  ])('is not to be had when %s', async (_what, claim, volume, message) => {
    await expect(find(claim, volume)).rejects.toMatchObject({ code: 'VOLUME_NOT_READY', message });
  });
});

describe('a linked volume', () => {
  test('leads to the folder, also when it is prepared again', async () => {
    const path = await volumes.make('pvc-1');
    for (let times = 0; times < 2; times++) {
      await linkClaimedVolume(link('p'), persistent({ local: { path } }), pod());
      expect(await readlink(link('p'))).toBe(path);
    }
  });

  test('is not made up when its folder has vanished', async () => {
    const path = join(dir, 'volumes', 'gone');
    await expect(linkClaimedVolume(link('p'), persistent({ local: { path } }), pod())).rejects.toMatchObject({
      message: `volume v: path "${path}" does not exist or is not a folder`,
    });
  });

  test.each([
    ['a path that climbs', { local: { path: '/tmp/../etc' } }, 'must be absolute'],
    ['a relative path', { local: { path: 'tmp' } }, 'must be absolute'],
    ['a block device', { local: { path: '/tmp' }, volumeMode: 'Block' }, 'does not support block devices'],
    ['a kind that is not known', { nfs: { server: 's', path: '/' } }, 'does not support volumes of this kind'],
  ])('is refused: %s', async (_what, spec, message) => {
    await expect(linkClaimedVolume(link('p'), persistent(spec), pod())).rejects.toThrow(message);
  });

  test('a hostPath may be made, as its type says', async () => {
    const path = join(dir, 'made');
    await linkClaimedVolume(link('p'), persistent({ hostPath: { path, type: 'DirectoryOrCreate' } }), pod());
    expect((await stat(path)).isDirectory()).toBe(true);
  });
});

describe.runIf(process.getuid?.() === 0)('a group that is given a volume', () => {
  test('has every file and folder, and what is made there later; links are left alone', async () => {
    const path = await volumes.make('pvc-1');
    const outside = join(dir, 'outside');
    await writeFile(outside, '', { mode: 0o600 });
    await mkdir(join(path, 'sub'), { mode: 0o700 });
    await writeFile(join(path, 'sub', 'file'), '', { mode: 0o600 });
    await symlink(outside, join(path, 'sub', 'link'));
    await linkClaimedVolume(
      link('p'),
      persistent({ local: { path } }),
      pod({ spec: { securityContext: { fsGroup: 4711 } } }),
    );
    const facts = async (name: string) => {
      const { gid, mode } = await stat(join(path, name));
      return [gid, (mode & 0o7777).toString(8)];
    };
    expect(await facts('.')).toEqual([4711, '2777']);
    expect(await facts('sub')).toEqual([4711, '2770']);
    expect(await facts('sub/file')).toEqual([4711, '660']);
    expect((await stat(outside)).gid).not.toBe(4711);
  });

  test('on mismatch only: a volume that has the group is not walked', async () => {
    const path = await volumes.make('pvc-1');
    await giveToGroup(path, 4711, true);
    await writeFile(join(path, 'file'), '', { mode: 0o600 });
    await chmod(join(path, 'file'), 0o600);
    await giveToGroup(path, 4711, true);
    expect((await stat(join(path, 'file'))).mode & 0o777).toBe(0o600);
    await giveToGroup(path, 4711, false);
    expect((await stat(join(path, 'file'))).mode & 0o777).toBe(0o660);
  });
});
