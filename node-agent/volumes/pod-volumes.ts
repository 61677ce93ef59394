import { chmod, mkdir, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VigilError } from '../../lib/errors.ts';
import type { Node, Pod, Volume } from '../../lib/kube/types.ts';
import type { DownwardFacts } from '../pods/field-ref.ts';
import type { PodFiles } from '../pods/pod-files.ts';
import { writeAtomically } from './atomic-writer.ts';
import { linkClaimedVolume, volumeOfClaim, type ClaimLookup } from './claimed-volume.ts';
import { prepareEmptyDir, unmountIfMounted } from './empty-dir.ts';
import { prepareHostPath } from './host-path.ts';
import { imageKind } from './image-volumes.ts';
import { payloadOf, type PayloadSources } from './payloads.ts';
import type { ReferencedObjects } from './referenced-objects.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

/** A node is not asked to hold more; upstream's limit for one pod's volumes is lower in practice. */
const MAX_VOLUMES = 256;

export interface PodVolumesOptions {
  readonly files: PodFiles;
  readonly objects: ReferencedObjects;
  readonly tokens: ServiceAccountTokens;
  readonly facts: (pod: Pod) => DownwardFacts;
  /** This node's object, once it is known. */
  readonly node: () => Node | undefined;
}

/** The kind of the links that lead to persistent volumes, in a pod's folder. */
export const claimedKind = 'persistent-volume-claim';

/** The volumes of pods as folders and files of the machine. */
export class PodVolumes {
  readonly #options: PodVolumesOptions;

  constructor(options: PodVolumesOptions) {
    this.#options = options;
  }

  /**
   * Brings all volumes of a pod to what they should hold now; safe to repeat, also while containers use them. Throws `VOLUME_NOT_READY` naming the volume. Resolves with
   * false when the API is away and a volume shows what it showed before: good enough to run with, to be tried again.
   */
  async prepare(pod: Pod): Promise<boolean> {
    const volumes = pod.spec?.volumes ?? [];
    if (volumes.length > MAX_VOLUMES) throw notReady('', new Error(`a pod may have ${MAX_VOLUMES} volumes`));
    await mkdir(this.#options.files.podsDir, { recursive: true, mode: 0o700 });
    // Open below: containers with users of their own come in by bind mounts only.
    await mkdir(this.#options.files.podDir(pod.metadata?.uid ?? ''), { recursive: true });
    let areFresh = true;
    for (const volume of volumes) {
      try {
        await this.#prepare(pod, volume);
      } catch (error) {
        if (isMissing(error) || !(await this.#hasContent(pod, volume))) throw notReady(volume.name, error);
        areFresh = false;
      }
    }
    return areFresh;
  }

  /** The folder or file on the machine behind a volume of the pod; `undefined` when the pod has no such volume or its kind is not supported. */
  pathOf(pod: Pod, name: string): string | undefined {
    const volume = pod.spec?.volumes?.find((candidate) => candidate.name === name);
    if (!volume) return undefined;
    if (volume.hostPath) return volume.hostPath.path;
    const kind = kindOf(volume);
    return kind === undefined ? undefined : this.#options.files.volume(pod.metadata?.uid ?? '', kind, name);
  }

  /** When a token in a volume wants renewal, in milliseconds since the epoch. */
  renewAtMs(podUid: string): number | undefined {
    return this.#options.tokens.renewAtMs(podUid);
  }

  /** Removes everything of the pod from the machine; hostPaths and persistent volumes are left alone. */
  async remove(podUid: string): Promise<void> {
    const { files, objects, tokens } = this.#options;
    objects.release(podUid);
    tokens.release(podUid);
    const emptyDirs = files.volumesDir(podUid, 'empty-dir');
    for (const name of await readdir(emptyDirs).catch(() => [])) await unmountIfMounted(join(emptyDirs, name));
    await rm(files.podDir(podUid), { recursive: true, force: true });
  }

  async #prepare(pod: Pod, volume: Volume): Promise<void> {
    // Only a container that mounts it waits for an image.
    if (volume.image) return;
    const groupId = pod.spec?.securityContext?.fsGroup;
    if (volume.hostPath) {
      await prepareHostPath(volume.hostPath);
      return;
    }
    const kind = kindOf(volume);
    if (kind === undefined) throw new Error(`this agent does not support volumes of this kind`);
    const path = this.#options.files.volume(pod.metadata?.uid ?? '', kind, volume.name);
    if (volume.persistentVolumeClaim) {
      const { claimName } = volume.persistentVolumeClaim;
      const claimed = await volumeOfClaim(claimName, this.#lookup(pod), this.#options.node());
      await linkClaimedVolume(path, claimed, pod);
      return;
    }
    if (volume.emptyDir) {
      await prepareEmptyDir(path, volume.emptyDir, groupId);
      return;
    }
    const payload = await payloadOf(volume, { pod, facts: this.#options.facts(pod), sources: this.#sources(pod) });
    if (!payload) return;
    await writeAtomically(path, payload, groupId);
    await chmod(path, 0o755);
  }

  /** True when files were written into the volume before, or it was linked, by this agent or the one before it. */
  async #hasContent(pod: Pod, volume: Volume): Promise<boolean> {
    const path = this.pathOf(pod, volume.name);
    if (path === undefined) return false;
    const link = volume.persistentVolumeClaim ? path : join(path, '..data');
    return (await readlink(link).catch(() => undefined)) !== undefined;
  }

  #lookup(pod: Pod): ClaimLookup {
    const { objects } = this.#options;
    const { namespace = '', uid = '' } = pod.metadata ?? {};
    return { claim: (name) => objects.claim(uid, namespace, name), volume: (name) => objects.volume(uid, name) };
  }

  #sources(pod: Pod): PayloadSources {
    const { objects, tokens } = this.#options;
    const { namespace = '', uid = '' } = pod.metadata ?? {};
    return {
      configMap: (name) => objects.configMap(uid, namespace, name),
      secret: (name) => objects.secret(uid, namespace, name),
      serviceAccountToken: (audience, seconds) => tokens.get(pod, audience, seconds),
    };
  }
}

function kindOf(volume: Volume): string | undefined {
  if (volume.configMap) return 'configmap';
  if (volume.secret) return 'secret';
  if (volume.projected) return 'projected';
  if (volume.downwardAPI) return 'downward-api';
  if (volume.emptyDir) return 'empty-dir';
  if (volume.persistentVolumeClaim) return claimedKind;
  if (volume.image) return imageKind;
  return undefined;
}

/** The API was asked and has not got what the volume shows; everything else may be the API being away. */
function isMissing(error: unknown): boolean {
  return error instanceof VigilError && error.code === 'VOLUME_NOT_READY';
}

function notReady(name: string, cause: unknown): VigilError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new VigilError('VOLUME_NOT_READY', 'transient', `MountVolume.SetUp failed for volume "${name}" : ${why}`, {
    cause,
  });
}
