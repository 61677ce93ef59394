import { VigilError } from '../../lib/errors.ts';
import type { Container, Pod, Volume } from '../../lib/kube/types.ts';
import type { MountConfig } from '../runtime/runtime.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { resolveSubPath } from '../volumes/sub-path.ts';
import { expandKnown } from './expand.ts';
import type { PodFiles } from './pod-files.ts';

const DEFAULT_TERMINATION_PATH = '/dev/termination-log';

const propagations = { None: undefined, HostToContainer: 'rslave', Bidirectional: 'rshared' } as const;

/** Where a container sees its pod's volumes. Throws `CONTAINER_CONFIG_INVALID` for a volume or path that does not exist. */
export async function volumeMounts(
  pod: Pod,
  container: Container,
  volumes: PodVolumes,
  env: ReadonlyMap<string, string>,
): Promise<MountConfig[]> {
  const mounts: MountConfig[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volumePath = volumes.pathOf(pod, mount.name);
    if (volumePath === undefined) {
      throw new VigilError(
        'CONTAINER_CONFIG_INVALID',
        'invalid',
        `volume "${mount.name}" of mount ${mount.mountPath} not found`,
      );
    }
    if (mount.recursiveReadOnly === 'Enabled') {
      throw new VigilError(
        'CONTAINER_CONFIG_INVALID',
        'invalid',
        `failed to resolve recursive read-only mode: volume "${mount.name}" requested recursive read-only mode, but it is not supported by the runtime`,
      );
    }
    const volume = pod.spec?.volumes?.find((candidate) => candidate.name === mount.name);
    const subPath = mount.subPathExpr ? expandKnown(mount.subPathExpr, (name) => env.get(name)) : mount.subPath;
    const propagation = mount.mountPropagation as keyof typeof propagations | undefined;
    mounts.push({
      hostPath: subPath ? await resolveSubPath(volumePath, subPath, volume?.image !== undefined) : volumePath,
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      readOnly: mount.readOnly === true || isReadOnlyKind(volume),
      propagation: propagation === undefined ? undefined : propagations[propagation],
    });
  }
  return mounts;
}

/** Files that the agent writes are not the container's to change, as upstream, nor are those of an image. */
function isReadOnlyKind(volume: Volume | undefined): boolean {
  if (volume?.persistentVolumeClaim?.readOnly) return true;
  return Boolean(volume?.configMap ?? volume?.secret ?? volume?.projected ?? volume?.downwardAPI ?? volume?.image);
}

/** `/etc/hosts`, `/etc/resolv.conf` and the termination log, unless the pod mounts something of its own there. */
export function ownMounts(
  pod: Pod,
  container: Container,
  files: PodFiles,
  restartCount: number,
  taken: readonly MountConfig[],
): MountConfig[] {
  const uid = pod.metadata?.uid ?? '';
  const own: MountConfig[] = [
    { hostPath: files.etcHosts(uid), containerPath: '/etc/hosts', readOnly: false },
    { hostPath: files.resolvConf(uid), containerPath: '/etc/resolv.conf', readOnly: false },
    {
      hostPath: files.terminationLog(uid, container.name, restartCount),
      containerPath: container.terminationMessagePath || DEFAULT_TERMINATION_PATH,
      readOnly: false,
    },
  ];
  return own.filter((mount) => !taken.some((other) => other.containerPath === mount.containerPath));
}
