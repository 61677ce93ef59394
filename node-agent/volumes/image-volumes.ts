import { mkdir, readdir, readlink, rename, rm, stat, statfs, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, VigilError } from '../../lib/errors.ts';
import type { Container, Pod, Volume } from '../../lib/kube/types.ts';
import type { Images } from '../pods/images.ts';
import type { PodFiles } from '../pods/pod-files.ts';
import type { ImageDetail, Runtime } from '../runtime/runtime.ts';
import { unpackImage } from './unpack-image.ts';

/** The kind of the links that lead to images' files, in a pod's folder. */
export const imageKind = 'image';

/** A copy that takes longer is given up and tried again. */
const COPY_TIMEOUT_MS = 600_000;
/** Of the disk; what a copy would not leave free is not copied. */
const MIN_FREE_SHARE = 0.05;

export interface ImageVolumesOptions {
  readonly runtime: Runtime;
  readonly images: Images;
  readonly files: PodFiles;
}

/**
 * Volumes of the kind `image`: the files of an image, copied out of the engine once for all pods of the node, a folder an image. A pod's volume is a link to that
 * folder, which is also how it is known who uses it, by this agent and by the next. It shows what its reference meant when the pod first needed it, whatever the
 * registry has later. Mounts are read-only; programs in them can be run, for the engine has no word against it.
 */
export class ImageVolumes {
  readonly #options: ImageVolumesOptions;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(options: ImageVolumesOptions) {
    this.#options = options;
  }

  /** Resolves when the volumes that a container mounts have their files. Throws what `Images.ensure` throws, or `IMAGE_NOT_MOUNTED`. */
  async prepare(pod: Pod, container: Container, signal: AbortSignal): Promise<void> {
    const mounted = new Set(container.volumeMounts?.map(({ name }) => name));
    for (const volume of pod.spec?.volumes ?? []) {
      if (volume.image && mounted.has(volume.name)) await this.#prepare(pod, volume, signal);
    }
  }

  /** Removes the files of images that no pod of the node uses, and what a crash has left of a copy. Does nothing while one is made: there will be another time. */
  async sweep(): Promise<void> {
    const { files } = this.#options;
    if (this.#waiting > 0 || (await namesIn(files.imagesDir)).length === 0) return;
    await this.#inTurn(async () => {
      const used = await this.#used();
      for (const name of await namesIn(files.imagesDir)) {
        if (!used.has(name)) await rm(join(files.imagesDir, name), { recursive: true, force: true });
      }
    });
  }

  async #prepare(pod: Pod, { name, image: source }: Volume, signal: AbortSignal): Promise<void> {
    const { files, images } = this.#options;
    const link = files.volume(pod.metadata?.uid ?? '', imageKind, name);
    if (await isThere(link)) return;
    const image = await images.ensure(pod, { reference: source?.reference ?? '', policy: source?.pullPolicy });
    await this.#inTurn(async () => {
      const copy = join(files.imagesDir, image.id.replace(/^sha256:/, ''));
      if (!(await isThere(copy))) await this.#copy(image, copy, signal);
      if (await isThere(link)) return;
      await mkdir(dirname(link), { recursive: true });
      await rm(link, { force: true });
      await symlink(copy, link);
    });
  }

  async #copy(image: ImageDetail, copy: string, signal: AbortSignal): Promise<void> {
    const partial = `${copy}.partial`;
    const stop = AbortSignal.any([signal, AbortSignal.timeout(COPY_TIMEOUT_MS)]);
    try {
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial, { recursive: true, mode: 0o755 });
      await checkDisk(partial, image.sizeBytes);
      await this.#options.runtime.readImage(image.id, (tar) => unpackImage(tar, partial, stop));
      await rename(partial, copy);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      const message = `failed to mount image ${image.tags[0] ?? image.id}: ${messageOf(error)}`;
      throw new VigilError('IMAGE_NOT_MOUNTED', 'transient', message, { cause: error });
    }
  }

  /** Names of the copies that pods' volumes lead to. */
  async #used(): Promise<ReadonlySet<string>> {
    const { files } = this.#options;
    const used = new Set<string>();
    for (const uid of await namesIn(files.podsDir)) {
      const links = files.volumesDir(uid, imageKind);
      for (const name of await namesIn(links)) {
        const copy = await readlink(join(links, name)).catch(() => undefined);
        if (copy !== undefined) used.add(basename(copy));
      }
    }
    return used;
  }

  /** One thing at a time: copies share the disk, and none is swept away before a link leads to it. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    this.#waiting += 1;
    const mine = this.#turn.then(work).finally(() => (this.#waiting -= 1));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

async function checkDisk(folder: string, sizeBytes: number): Promise<void> {
  const { bavail, blocks, bsize } = await statfs(folder);
  if (bavail * bsize - sizeBytes >= blocks * bsize * MIN_FREE_SHARE) return;
  throw new Error(`its ${sizeBytes} bytes would leave less than ${MIN_FREE_SHARE * 100} % of the node's disk free`);
}

function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
