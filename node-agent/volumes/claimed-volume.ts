import { lstat, mkdir, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VigilError } from '../../lib/errors.ts';
import { selectorMeansNode } from '../../lib/kube/node-selector.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../lib/kube/types.ts';
import { prepareHostPath } from './host-path.ts';
import { giveToGroup } from './group-ownership.ts';

/** What a claim leads to, looked up in the API. `undefined` = the API has no such object. */
export interface ClaimLookup {
  claim(name: string): Promise<PersistentVolumeClaim | undefined>;
  volume(name: string): Promise<PersistentVolume | undefined>;
}

/**
 * The volume that a pod's claim is bound to. Throws `VOLUME_NOT_READY` while it is not, when the volume is somebody else's, or when it is not on this node: the scheduler
 * sees to that, but a pod may name its node itself. `node` = this node as far as it is known.
 */
export async function volumeOfClaim(
  claimName: string,
  lookup: ClaimLookup,
  node: Node | undefined,
): Promise<PersistentVolume> {
  const claim = await lookup.claim(claimName);
  if (!claim) throw notReady(`persistentvolumeclaim "${claimName}" not found`);
  const name = claim.spec?.volumeName;
  if (claim.status?.phase !== 'Bound' || !name) throw notReady(`persistentvolumeclaim "${claimName}" is not bound`);
  const volume = await lookup.volume(name);
  if (!volume) throw notReady(`persistentvolume "${name}" not found`);
  if (volume.spec?.claimRef?.uid !== claim.metadata?.uid) {
    throw notReady(`persistentvolume "${name}" is not bound to persistentvolumeclaim "${claimName}"`);
  }
  const { required } = volume.spec?.nodeAffinity ?? {};
  if (required && node && !selectorMeansNode(required, node)) {
    throw notReady(`no matching NodeSelectorTerms: persistentvolume "${name}" is not on this node`);
  }
  return volume;
}

/**
 * Makes `link` lead to where a persistent volume is on this machine, and the volume ready for the pod. The link outlives the agent, so that a pod whose API is away
 * is still known to use the volume.
 */
export async function linkClaimedVolume(link: string, volume: PersistentVolume, pod: Pod): Promise<void> {
  const path = await pathOnMachine(volume);
  if ((await readlink(link).catch(() => undefined)) === path) return;
  const { fsGroup, fsGroupChangePolicy } = pod.spec?.securityContext ?? {};
  if (fsGroup !== undefined && volume.spec?.local) {
    await giveToGroup(path, fsGroup, fsGroupChangePolicy === 'OnRootMismatch');
  }
  await mkdir(dirname(link), { recursive: true });
  await rm(link, { force: true });
  await symlink(path, link);
}

/** `local` names a folder that must be there: one that has vanished has taken its data along, which a new and empty one would hide. */
async function pathOnMachine({ metadata, spec }: PersistentVolume): Promise<string> {
  const name = metadata?.name ?? '';
  if (spec?.volumeMode === 'Block') throw notReady(`volume ${name}: this agent does not support block devices`);
  if (spec?.hostPath) return prepareHostPath(spec.hostPath);
  if (!spec?.local) throw notReady(`volume ${name}: this agent does not support volumes of this kind`);
  const { path } = spec.local;
  if (!path.startsWith('/') || join(path, '/') !== `${path.replace(/\/+$/, '')}/`) {
    throw notReady(`volume ${name}: local path ${path} must be absolute and without '..'`);
  }
  const info = await lstat(path).catch(() => undefined);
  if (!info?.isDirectory()) throw notReady(`volume ${name}: path "${path}" does not exist or is not a folder`);
  return path;
}

function notReady(message: string): VigilError {
  return new VigilError('VOLUME_NOT_READY', 'transient', message);
}
