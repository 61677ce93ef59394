import { existsSync, readdirSync } from 'node:fs';
import { OPEN_SUFFIX, parseSpoolFileName } from '../../lib/signals/record-file.ts';
import type { Contributor } from '../buffer/batch.ts';
import type { Checkpoints } from '../buffer/checkpoints.ts';
import type { Pipeline } from '../pipeline.ts';
import { FolderWatch } from './folder-watch.ts';
import { recordKey, RecordTail } from './record-tail.ts';
import type { ReleaseGate } from './release-gate.ts';

/** Spool files open at once per folder; the oldest come first, the rest waits. */
const MAX_OPEN = 64;

interface Known {
  readonly tail: RecordTail;
  readonly dir: string;
}

export interface RecordSourcesOptions {
  /** The output that reads. */
  readonly output: string;
  readonly gate: ReleaseGate;
  readonly dirs: readonly string[];
  readonly checkpoints: Checkpoints;
  readonly pipeline: Pipeline;
}

/** Follows record spools: a tail per file; the file is removed when it is closed and everything in it is stored. */
export class RecordSources {
  readonly #options: RecordSourcesOptions;
  readonly #dirs: readonly string[];
  readonly #checkpoints: Checkpoints;
  readonly #pipeline: Pipeline;
  readonly #tails = new Map<string, Known>();
  /** Files of which this output has everything and others have not. */
  readonly #finished = new Map<string, Known>();
  readonly #folders = new Map<string, FolderWatch>();

  constructor(options: RecordSourcesOptions) {
    this.#options = options;
    this.#dirs = options.dirs;
    this.#checkpoints = options.checkpoints;
    this.#pipeline = options.pipeline;
  }

  refresh(): void {
    for (const dir of this.#dirs) {
      const folder = this.#folders.get(dir);
      if (!folder?.works) {
        folder?.close();
        this.#folders.set(dir, new FolderWatch(dir, (name, renamed) => this.#changed(dir, name, renamed)));
      }
      this.#refreshDir(dir);
    }
    for (const { tail } of this.#tails.values()) {
      if (tail.hasNews()) this.#pipeline.wake(tail);
      this.#finish(tail);
    }
    for (const known of this.#finished.values()) this.#release(known);
  }

  /** Whether a checkpoint belongs to a file that is still there, open or waiting for its turn. */
  knows(key: string): boolean {
    return this.#tails.has(key) || existsSync(key) || existsSync(key + OPEN_SUFFIX);
  }

  acknowledged(tail: Contributor): void {
    const known = this.#tails.get(tail.key);
    if (known?.tail !== tail) return;
    this.#note(known.tail);
    this.#finish(known.tail);
  }

  noteAll(): void {
    for (const { tail } of this.#tails.values()) this.#note(tail);
  }

  backlogBytes(): number {
    let bytes = 0;
    for (const { tail } of this.#tails.values()) bytes += tail.backlogBytes();
    return bytes;
  }

  close(): void {
    for (const folder of this.#folders.values()) folder.close();
    for (const { tail } of this.#tails.values()) tail.close();
    this.#tails.clear();
  }

  #changed(dir: string, name: string, renamed: boolean): void {
    const known = this.#tails.get(recordKey(dir, name));
    if (known && !renamed) this.#pipeline.wake(known.tail);
    else this.#refreshDir(dir);
  }

  #refreshDir(dir: string): void {
    let names: string[];
    try {
      names = readdirSync(dir);
    } catch {
      return;
    }
    const files = names.flatMap((name) => {
      const parsed = parseSpoolFileName(name);
      return parsed ? [{ name, parsed }] : [];
    });
    files.sort((a, b) => a.parsed.startMs - b.parsed.startMs);
    const present = new Set<string>();
    let open = [...this.#tails.values()].filter((known) => known.dir === dir).length;
    for (const { name, parsed } of files) {
      const key = recordKey(dir, name);
      present.add(key);
      if (this.#finished.has(key)) continue;
      const known = this.#tails.get(key);
      if (known) {
        if (!parsed.open) known.tail.markClosed();
        this.#pipeline.wake(known.tail);
        this.#finish(known.tail);
        continue;
      }
      if (open >= MAX_OPEN) continue;
      const tail = RecordTail.open(dir, name, this.#checkpoints.get(key));
      if (!tail) continue;
      open++;
      this.#tails.set(key, { tail, dir });
      this.#pipeline.add(tail);
    }
    // A spool that was full dropped its oldest file: what was read of it is shipped, the rest was counted there.
    for (const [key, known] of this.#tails) if (known.dir === dir && !present.has(key)) known.tail.markClosed();
    for (const [key, known] of this.#finished) if (known.dir === dir && !present.has(key)) this.#forget(key);
  }

  #note(tail: RecordTail): void {
    const position = tail.progress.acknowledgedUpTo(tail.position());
    if (position) this.#checkpoints.set(tail.key, position);
  }

  #finish(tail: RecordTail): void {
    const known = this.#tails.get(tail.key);
    if (!known || !tail.complete) return;
    this.#note(tail);
    this.#tails.delete(tail.key);
    this.#pipeline.remove(tail);
    tail.close();
    this.#finished.set(tail.key, known);
    this.#release(known);
  }

  #release({ tail }: Known): void {
    const { gate, output } = this.#options;
    if (gate.pass(output, tail.key, () => tail.removeFile())) this.#forget(tail.key);
  }

  #forget(key: string): void {
    this.#finished.delete(key);
    this.#checkpoints.delete(key);
    this.#options.gate.forget(key);
  }
}
