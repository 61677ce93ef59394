import { chmod, lstat, mkdir, readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VigilError } from '../../lib/errors.ts';
import { isDns1123Subdomain } from '../../lib/kube/name-rules.ts';

export interface LocalVolumesOptions {
  /** Where the folders are. */
  readonly dir: string;
  /** The folder of each pod has links to the volumes that it uses: see `PodVolumes`. */
  readonly podsDir: string;
  /** Below a pod's folder. */
  readonly linksDir: string;
}

/** The folders that this node lends to persistent volumes: one for each, named as the volume. They outlive pods, agents and the machine's restarts. */
export class LocalVolumes {
  readonly #options: LocalVolumesOptions;

  constructor(options: LocalVolumesOptions) {
    this.#options = options;
  }

  /** Throws `VOLUME_NAME_INVALID` for what is not the name of an object, so that no name leads out of the folder. */
  pathOf(name: string): string {
    if (isDns1123Subdomain(name).length > 0) {
      throw new VigilError(
        'VOLUME_NAME_INVALID',
        'invalid',
        `volume ${JSON.stringify(name)}: expected a DNS-1123 name`,
      );
    }
    return join(this.#options.dir, name);
  }

  /** Makes the folder unless it is there, and resolves with its path. Any user of a container may write; on the machine only root comes as far. */
  async make(name: string): Promise<string> {
    const path = this.pathOf(name);
    await mkdir(this.#options.dir, { recursive: true, mode: 0o700 });
    try {
      await mkdir(path);
      await chmod(path, 0o777);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      await this.#expectFolder(path);
    }
    return path;
  }

  /** Removes the folder with everything in it. Throws `VOLUME_IN_USE` while a pod of this node has it. */
  async remove(name: string): Promise<void> {
    const path = this.pathOf(name);
    const pod = await this.#userOf(path);
    if (pod !== undefined) {
      throw new VigilError('VOLUME_IN_USE', 'conflict', `volume ${name} is still used by pod ${pod}`);
    }
    await rm(path, { recursive: true, force: true });
  }

  async #expectFolder(path: string): Promise<void> {
    if ((await lstat(path)).isDirectory()) return;
    throw new VigilError('VOLUME_NOT_READY', 'conflict', `${path} is there and is not a folder`);
  }

  /** The UID of a pod whose folder links to a path. */
  async #userOf(path: string): Promise<string | undefined> {
    const { podsDir, linksDir } = this.#options;
    for (const pod of await readdir(podsDir).catch(() => [])) {
      const links = join(podsDir, pod, linksDir);
      for (const link of await readdir(links).catch(() => [])) {
        if ((await readlink(join(links, link)).catch(() => undefined)) === path) return pod;
      }
    }
    return undefined;
  }
}
