import { basename, dirname, join } from 'node:path';
import { pointerOf } from '../../lib/log-annotations/log-annotations.ts';
import type { LogSource } from '../../lib/log-source.ts';
import type { Logger } from '../../lib/log.ts';
import type { Contributor } from '../buffer/batch.ts';
import type { Checkpoints } from '../buffer/checkpoints.ts';
import { transformFor } from '../enrich/annotations.ts';
import type { Pipeline } from '../pipeline.ts';
import { ContainerTail } from './container-tail.ts';
import { FolderWatch } from './folder-watch.ts';
import { FolderWatches, type LogSubscription } from './folder-watches.ts';
import type { HoldListener, Holds } from './hold/holds.ts';
import type { ReleaseGate } from './release-gate.ts';
import type { SourceFolder } from './source-folder.ts';

/** With more containers than this, those that are quiet give their descriptors back. */
const MAX_OPEN_WHEN_QUIET = 256;

interface Watched {
  readonly tail: ContainerTail;
  /** `undefined` for a container of which only its held files are left. */
  readonly folder: SourceFolder | undefined;
  readonly listener: HoldListener;
  watch: LogSubscription;
  done: boolean;
  removed: boolean;
}

export interface ContainerSourcesOptions {
  /** The output that reads. */
  readonly output: string;
  readonly gate: ReleaseGate;
  readonly holds: Holds;
  readonly clusterName: string;
  readonly folders: readonly SourceFolder[];
  readonly checkpoints: Checkpoints;
  readonly pipeline: Pipeline;
  readonly log: Logger;
}

/** Follows the folders that say which containers there are: a tail per container, from the moment it appears until everything is stored and it is gone. */
export class ContainerSources {
  readonly #options: ContainerSourcesOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #folderWatches = new Map<SourceFolder, Map<string, FolderWatch>>();
  readonly #logWatches = new FolderWatches();
  /** Sources without a tail, per folder: all of it was stored before. */
  readonly #finished = new Map<SourceFolder, ReadonlyMap<string, LogSource>>();
  readonly #reported = new Set<string>();

  constructor(options: ContainerSourcesOptions) {
    this.#options = options;
  }

  get tails(): ContainerTail[] {
    return [...this.#watched.values()].map((watched) => watched.tail);
  }

  /** Takes up what an earlier run held of containers that are gone; call it once, after the first `refresh`. */
  takeLeft(): void {
    for (const source of this.#options.holds.left()) {
      if (this.knows(source.containerId)) continue;
      const watched = this.#follow({ ...source, endedAt: source.endedAt ?? '' }, undefined);
      watched.removed = true;
    }
  }

  /** Looks at everything again. Called at start and periodically; between, changes are told by the system. */
  refresh(): void {
    const { pipeline, folders } = this.#options;
    for (const folder of folders) this.#refreshFolder(folder);
    const mayRest = this.#watched.size > MAX_OPEN_WHEN_QUIET;
    for (const watched of this.#watched.values()) {
      const { tail } = watched;
      if (!watched.watch.works) {
        watched.watch.close();
        watched.watch = this.#watchLog(tail);
      }
      tail.rescanned();
      if (tail.hasNews()) pipeline.wake(tail);
      else if (mayRest) tail.rest();
      this.#finish(watched);
    }
  }

  /** Whether a checkpoint belongs to a container that is still there. */
  knows(key: string): boolean {
    return this.#watched.has(key) || [...this.#finished.values()].some((ids) => ids.has(key));
  }

  /** Everything that was announced is read and acknowledged, and its holder has nothing new. */
  get isOpen(): boolean {
    return this.tails.every((tail) => tail.isOpen);
  }

  /** Of every container that is known, everything that was written before its end is acknowledged. */
  get isDone(): boolean {
    return [...this.#watched.values()].every((watched) => watched.done);
  }

  acknowledged(tail: Contributor): void {
    const watched = this.#watched.get(tail.key);
    if (!watched || watched.tail !== tail) return;
    this.#note(watched.tail);
    this.#finish(watched);
  }

  /** Takes the positions of all tails into the checkpoints. */
  noteAll(): void {
    for (const { tail } of this.#watched.values()) this.#note(tail);
  }

  /** The checkpoints are on disk: files before them are not needed any more. */
  releaseAll(): void {
    const { output, holds, checkpoints, pipeline } = this.#options;
    for (const { tail } of this.#watched.values()) {
      const position = checkpoints.get(tail.key);
      const keys = position ? tail.released(position) : [];
      if (keys.length > 0) holds.release(output, tail.key, keys);
      if (tail.hasNews()) pipeline.wake(tail);
    }
  }

  close(): void {
    for (const watches of this.#folderWatches.values()) for (const watch of watches.values()) watch.close();
    this.#logWatches.close();
    for (const { tail, listener } of this.#watched.values()) {
      this.#options.holds.unfollow(tail.key, listener);
      tail.close();
    }
    this.#watched.clear();
  }

  #refreshFolder(folder: SourceFolder): void {
    const { log, pipeline } = this.#options;
    this.#watchFolder(folder);
    const sources = folder.read((name, reason) => {
      if (this.#reported.size > 1_000) this.#reported.clear();
      if (this.#reported.has(name)) return;
      this.#reported.add(name);
      pipeline.counters.invalidSources++;
      log.warn({ file: join(folder.dir, name), reason }, 'log source is not valid and is passed over');
    });
    for (const source of sources.values()) this.#take(folder, source);
    this.#forgetFinished(folder, sources);
    for (const watched of this.#watched.values()) {
      if (watched.folder === folder && !sources.has(watched.tail.key)) this.#sourceRemoved(watched);
    }
  }

  #watchFolder(folder: SourceFolder): void {
    const watches = this.#folderWatches.get(folder) ?? new Map<string, FolderWatch>();
    this.#folderWatches.set(folder, watches);
    const dirs = new Set(folder.watched());
    for (const [dir, watch] of watches) {
      if (watch.works && dirs.has(dir)) continue;
      watch.close();
      watches.delete(dir);
    }
    for (const dir of dirs) {
      if (watches.has(dir)) continue;
      watches.set(dir, new FolderWatch(dir, (_name, renamed) => renamed && this.#refreshFolder(folder)));
    }
  }

  /** A container that was shipped before this process started has no tail: what is remembered of it goes when its source does. */
  #forgetFinished(folder: SourceFolder, sources: ReadonlyMap<string, LogSource>): void {
    const { checkpoints, holds } = this.#options;
    for (const [id, source] of this.#finished.get(folder) ?? []) {
      if (sources.has(id)) continue;
      checkpoints.delete(id);
      holds.discard(source);
    }
    this.#finished.set(folder, new Map([...sources].filter(([id]) => !this.#watched.has(id))));
  }

  /** Whatever is held now is all there will be; it is still read to the end. */
  #sourceRemoved(watched: Watched): void {
    const { source } = watched.tail;
    if (!watched.removed) {
      watched.removed = true;
      this.#end(watched, { ...source, endedAt: source.endedAt ?? '' });
    }
    this.#finish(watched);
  }

  /** The end counts when all files are known that there were before it. */
  #end(watched: Watched, source: LogSource): void {
    const { holds, pipeline } = this.#options;
    const { tail } = watched;
    holds.look(tail.key, () => {
      tail.source = source;
      pipeline.wake(tail);
      this.#markHeld(watched);
    });
  }

  #markHeld({ tail, folder, removed }: Watched): void {
    const { gate, output, holds, log } = this.#options;
    if (!folder || removed || !gate.waitsFor(output) || !holds.isLinked(tail.key)) return;
    try {
      folder.markHeld(tail.key);
    } catch (error) {
      log.warn({ err: error, container: tail.key }, 'held log cannot be marked, its container stays longer');
    }
  }

  #take(folder: SourceFolder, source: LogSource): void {
    const { output, gate } = this.#options;
    const id = source.containerId;
    const known = this.#watched.get(id);
    if (known) {
      known.removed = false;
      if (known.tail.source.endedAt !== source.endedAt) this.#end(known, source);
      return;
    }
    // An output that nothing waits for may not have had all of it.
    if (source.endedAt !== undefined && gate.waitsFor(output) && folder.isDone(id)) return;
    this.#follow(source, folder);
  }

  #follow(source: LogSource, folder: SourceFolder | undefined): Watched {
    const { checkpoints, pipeline, holds, clusterName, log } = this.#options;
    const id = source.containerId;
    const transform = transformFor(source.annotations, (problem) => {
      const { namespace, pod } = source;
      const { annotation, reason } = problem;
      log.warn(
        { annotation, reason, pointer: pointerOf(problem), namespace, pod },
        'annotation is not valid and is ignored',
      );
    });
    const inflate = (key: string) => holds.inflate(id, key);
    const tail = new ContainerTail(source, { clusterName, start: checkpoints.get(id), transform, inflate });
    const listener = this.#listener(tail);
    const watch = this.#watchLog(tail);
    const watched = { tail, folder, listener, watch, done: false, removed: false };
    this.#watched.set(id, watched);
    pipeline.add(tail);
    holds.follow(source, listener);
    return watched;
  }

  #listener(tail: ContainerTail): HoldListener {
    const { pipeline, log } = this.#options;
    return {
      files: (files, missed) => {
        const { gaps } = tail;
        tail.take(files, missed);
        pipeline.counters.gaps += tail.gaps - gaps;
        if (tail.gaps > gaps) {
          const { namespace, pod, container } = tail.source;
          log.error({ namespace, pod, container }, 'log files were gone before they were seen: lines may be missing');
        }
        const watched = this.#watched.get(tail.key);
        if (watched && tail.source.endedAt !== undefined) this.#markHeld(watched);
        pipeline.wake(tail);
      },
      dropped: (key, reason) => {
        const { lines, bytes } = tail.drop(key);
        if (bytes === 0) return;
        pipeline.counters.lostLines += lines;
        pipeline.counters.lostBytes += bytes;
        const { namespace, pod, container } = tail.source;
        log.error({ namespace, pod, container, lines, bytes, reason }, 'lines are lost: their file could not be kept');
        pipeline.wake(tail);
      },
    };
  }

  #watchLog(tail: ContainerTail): LogSubscription {
    const { path } = tail.source;
    return this.#logWatches.subscribe(dirname(path), basename(path), () => this.#options.pipeline.wake(tail));
  }

  #note(tail: ContainerTail): void {
    const position = tail.progress.acknowledgedUpTo(tail.position());
    if (position) this.#options.checkpoints.set(tail.key, position);
  }

  #finish(watched: Watched): void {
    const { tail, folder } = watched;
    const { output, gate, pipeline, checkpoints, holds, log } = this.#options;
    if (folder && !watched.done && !watched.removed && tail.complete) {
      try {
        watched.done = gate.pass(output, tail.key, () => folder.markDone(tail.key));
      } catch (error) {
        log.warn({ err: error, container: tail.key }, 'end of a log cannot be marked, will try again');
      }
    }
    if (!watched.removed || !tail.complete) return;
    pipeline.remove(tail);
    watched.watch.close();
    tail.close();
    holds.unfollow(tail.key, watched.listener);
    holds.finish(output, tail.key);
    checkpoints.delete(tail.key);
    gate.forget(tail.key);
    this.#watched.delete(tail.key);
  }
}
