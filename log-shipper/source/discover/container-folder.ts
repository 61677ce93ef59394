import { readdirSync, readFileSync, realpathSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import type { LogSource } from '../../../lib/log-source.ts';
import type { SourceFolder } from '../source-folder.ts';
import { describeDockerContainer, type DescribedContainer } from './docker-container.ts';
import { nameByFile, nameByPodPath, parsePodFolder, type NamedByPath } from './pod-path.ts';

const MAX_DESCRIPTION_BYTES = 4 * 1024 * 1024;

export interface ContainerFolderOptions {
  readonly dir: string;
  /** Name of this machine. */
  readonly node: string;
  /** Whatever is there is all there will be: for runs that end. */
  readonly isComplete: boolean;
}

/**
 * Finds container logs that nobody announces, by what a folder holds: Docker's `containers` (a folder a container), the kubelet's `pods` (a folder a pod, one in
 * it a container, a file a run), or log files. What has another shape is passed over.
 */
export class ContainerFolder implements SourceFolder {
  readonly dir: string;
  readonly #options: ContainerFolderOptions;
  /** Folders in which something may still appear. */
  #open: string[] = [];
  readonly #described = new Map<string, { readonly stamp: string; readonly container: DescribedContainer }>();

  constructor(options: ContainerFolderOptions) {
    this.dir = options.dir;
    this.#options = options;
  }

  watched(): readonly string[] {
    return [this.dir, ...this.#open];
  }

  read(invalid: (name: string, reason: string) => void): ReadonlyMap<string, LogSource> {
    const found = new Map<string, LogSource>();
    this.#open = [];
    for (const entry of entriesOf(this.dir)) {
      for (const source of this.#sourcesAt(entry, invalid)) found.set(source.containerId, this.#completed(source));
    }
    return found;
  }

  /** Nobody waits for it: where reading is, the checkpoint says. */
  isDone(): boolean {
    return false;
  }

  markHeld(): void {
    // Nobody waits for it.
  }

  markDone(): void {
    // Nobody waits for it.
  }

  #sourcesAt(entry: Dirent, invalid: (name: string, reason: string) => void): readonly LogSource[] {
    const { name } = entry;
    const path = join(this.dir, name);
    if (/^[0-9a-f]{64}$/.test(name)) return this.#dockerContainer(name, path, invalid);
    if (parsePodFolder(name)) return this.#pod(name, path);
    if (!name.endsWith('.log')) return [];
    const real = realPathOf(path);
    return real === undefined ? [] : [this.#named(nameByFile(real, name), real)];
  }

  #dockerContainer(id: string, dir: string, invalid: (name: string, reason: string) => void): readonly LogSource[] {
    const description = join(dir, 'config.v2.json');
    try {
      const { ino, mtimeMs, size } = statSync(description);
      if (size > MAX_DESCRIPTION_BYTES) throw new Error(`it has more than ${MAX_DESCRIPTION_BYTES} bytes`);
      const stamp = `${ino} ${mtimeMs} ${size}`;
      const known = this.#described.get(id);
      const container =
        known?.stamp === stamp ? known.container : describeDockerContainer(readFileSync(description, 'utf8'));
      this.#described.set(id, { stamp, container });
      if (container.isSandbox) return [];
      const path = join(realPathOf(dir) ?? dir, `${id}-json.log`);
      return [{ version: 1, ...container.source, path, node: this.#options.node }];
    } catch (error) {
      this.#described.delete(id);
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') invalid(`${id}/config.v2.json`, (error as Error).message);
      // The engine makes the folder first.
      else this.#open.push(dir);
      return [];
    }
  }

  #pod(name: string, dir: string): readonly LogSource[] {
    this.#open.push(dir);
    return entriesOf(dir).flatMap((entry) => {
      if (!entry.isDirectory()) return [];
      const folder = join(dir, entry.name);
      this.#open.push(folder);
      const runs = entriesOf(folder).flatMap((file) => nameByPodPath(name, entry.name, file.name) ?? []);
      const latest = Math.max(...runs.map((run) => run.restartCount));
      return runs.flatMap((run) => {
        const path = realPathOf(join(folder, `${run.restartCount}.log`));
        if (path === undefined) return [];
        const source = this.#named(run, path);
        return [run.restartCount < latest ? { ...source, endedAt: '' } : source];
      });
    });
  }

  #named(named: NamedByPath, path: string): LogSource {
    const kind = named.podUid === '' && named.namespace === 'default' ? 'File' : 'Pod';
    return {
      version: 1,
      ...named,
      path,
      node: this.#options.node,
      image: '',
      runtime: '',
      labels: {},
      annotations: {},
      workload: { kind, name: named.pod },
    };
  }

  #completed(source: LogSource): LogSource {
    return this.#options.isComplete ? { ...source, endedAt: source.endedAt ?? '' } : source;
  }
}

function entriesOf(dir: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Where a link leads; `undefined` when there is nothing. */
function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
