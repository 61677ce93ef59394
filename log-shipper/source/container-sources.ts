import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LogSource } from '../../lib/log-source.ts';
import type { Logger } from '../../lib/log.ts';
import type { Checkpoints } from '../buffer/checkpoints.ts';
import { transformFor } from '../enrich/annotations.ts';
import type { Pipeline } from '../pipeline.ts';
import { ContainerTail } from './container-tail.ts';
import { FolderWatch } from './folder-watch.ts';
import type { ReleaseGate } from './release-gate.ts';
import { markDone, readSources } from './source-files.ts';
import type { Tail } from './tail.ts';

interface Watched {
  readonly tail: ContainerTail;
  readonly sourcesDir: string;
  watch: FolderWatch;
  done: boolean;
  removed: boolean;
}

export interface ContainerSourcesOptions {
  /** The output that reads. */
  readonly output: string;
  readonly gate: ReleaseGate;
  readonly clusterName: string;
  readonly dirs: readonly string[];
  readonly checkpoints: Checkpoints;
  readonly pipeline: Pipeline;
  readonly log: Logger;
}

/** Follows the folders of `LogSource` files: a tail per container, from the moment its file appears until everything is stored and the file is gone. */
export class ContainerSources {
  readonly #options: ContainerSourcesOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #folders = new Map<string, FolderWatch>();
  /** Sources without a tail, per folder: all of it was stored before. */
  readonly #finished = new Map<string, ReadonlySet<string>>();
  readonly #reported = new Set<string>();

  constructor(options: ContainerSourcesOptions) {
    this.#options = options;
  }

  get tails(): ContainerTail[] {
    return [...this.#watched.values()].map((watched) => watched.tail);
  }

  /** Looks at everything again. Called at start and periodically; between, changes are told by the system. */
  refresh(): void {
    for (const dir of this.#options.dirs) {
      const folder = this.#folders.get(dir);
      if (!folder?.works) {
        folder?.close();
        this.#folders.set(dir, new FolderWatch(dir, () => this.#refreshDir(dir)));
      }
      this.#refreshDir(dir);
    }
    for (const watched of this.#watched.values()) {
      if (!watched.watch.works) {
        watched.watch = this.#watchLogs(watched.tail);
        watched.tail.folderChanged();
      }
      watched.tail.rescanned();
      if (watched.tail.hasNews()) this.#options.pipeline.wake(watched.tail);
      this.#finish(watched);
    }
  }

  /** Whether a checkpoint belongs to a container that is still there. */
  knows(key: string): boolean {
    return this.#watched.has(key) || [...this.#finished.values()].some((ids) => ids.has(key));
  }

  acknowledged(tail: Tail): void {
    const watched = this.#watched.get(tail.key);
    if (!watched || watched.tail !== tail) return;
    this.#note(watched.tail);
    this.#finish(watched);
  }

  /** Takes the positions of all tails into the checkpoints. */
  noteAll(): void {
    for (const { tail } of this.#watched.values()) this.#note(tail);
  }

  close(): void {
    for (const folder of this.#folders.values()) folder.close();
    for (const watched of this.#watched.values()) {
      watched.watch.close();
      watched.tail.close();
    }
    this.#watched.clear();
  }

  #refreshDir(dir: string): void {
    const { log, pipeline } = this.#options;
    const sources = readSources(dir, (name, reason) => {
      if (this.#reported.size > 1_000) this.#reported.clear();
      if (this.#reported.has(name)) return;
      this.#reported.add(name);
      pipeline.counters.invalidSources++;
      log.warn({ file: join(dir, name), reason }, 'log source is not valid and is passed over');
    });
    for (const source of sources.values()) this.#take(dir, source);
    this.#forgetFinished(dir, sources);
    for (const watched of this.#watched.values()) {
      if (watched.sourcesDir === dir && !sources.has(watched.tail.key)) {
        this.#sourceRemoved(watched);
      }
    }
  }

  /** A container that was shipped before this process started has no tail: its checkpoint goes when its source does. */
  #forgetFinished(dir: string, sources: ReadonlyMap<string, LogSource>): void {
    for (const id of this.#finished.get(dir) ?? []) {
      if (!sources.has(id)) this.#options.checkpoints.delete(id);
    }
    const done = [...sources.keys()].filter((id) => !this.#watched.has(id));
    this.#finished.set(dir, new Set(done));
  }

  /** Whatever the files hold now is all there will be; it is still read to the end through the open files. */
  #sourceRemoved(watched: Watched): void {
    const { tail } = watched;
    if (!watched.removed) {
      watched.removed = true;
      tail.source = { ...tail.source, endedAt: tail.source.endedAt ?? '' };
      this.#options.pipeline.wake(tail);
    }
    this.#finish(watched);
  }

  #take(dir: string, source: LogSource): void {
    const { output, gate, checkpoints, pipeline, clusterName, log } = this.#options;
    const known = this.#watched.get(source.containerId);
    if (known) {
      known.removed = false;
      if (known.tail.source.endedAt === source.endedAt) return;
      known.tail.source = source;
      known.tail.folderChanged();
      pipeline.wake(known.tail);
      return;
    }
    const start = checkpoints.get(source.containerId);
    const done = existsSync(join(dir, `${source.containerId}.done`));
    // An output that nothing waits for may not have had all of it.
    if (done && source.endedAt !== undefined && gate.waitsFor(output)) return;
    const transform = transformFor(source.annotations, (annotation, reason) =>
      log.warn(
        { annotation, reason, namespace: source.namespace, pod: source.pod },
        'annotation is not valid and is ignored',
      ),
    );
    const tail = new ContainerTail(source, { clusterName, start, transform });
    const watched = { tail, sourcesDir: dir, watch: this.#watchLogs(tail), done: false, removed: false };
    this.#watched.set(source.containerId, watched);
    // Rotation between opening the files and watching the folder must not be missed.
    tail.folderChanged();
    pipeline.add(tail);
  }

  #watchLogs(tail: ContainerTail): FolderWatch {
    return new FolderWatch(dirname(tail.source.path), (_name, renamed) => {
      if (renamed) tail.folderChanged();
      this.#options.pipeline.wake(tail);
    });
  }

  #note(tail: ContainerTail): void {
    const position = tail.progress.acknowledgedUpTo(tail.position());
    if (position) this.#options.checkpoints.set(tail.key, position);
  }

  #finish(watched: Watched): void {
    const { tail } = watched;
    const { output, gate, pipeline, checkpoints, log } = this.#options;
    if (!watched.done && !watched.removed && tail.complete) {
      try {
        watched.done = gate.pass(output, tail.key, () => markDone(watched.sourcesDir, tail.key));
      } catch (error) {
        log.warn({ err: error, container: tail.key }, 'end of a log cannot be marked, will try again');
      }
    }
    if (!watched.removed || !tail.complete) return;
    pipeline.remove(tail);
    watched.watch.close();
    tail.close();
    pipeline.counters.gaps += tail.gaps;
    checkpoints.delete(tail.key);
    gate.forget(tail.key);
    this.#watched.delete(tail.key);
  }
}
