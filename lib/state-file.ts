import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Clock } from './clock.ts';
import { messageOf } from './errors.ts';
import type { Logger } from './log.ts';

/** Changes that come within this time share a write. */
const WRITE_DELAY_MS = 100;

/**
 * A JSON file that a process keeps to find its way after a restart. Written aside and renamed, so that a reader sees the old content or the new; readable by
 * its owner only. A file that cannot be read or written costs a warning, never the process: whoever keeps one can do without.
 */
export class StateFile<T> {
  readonly #path: string;
  readonly #what: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  #snapshot: (() => T) | undefined;
  #isSaving = false;
  #writing: Promise<void> = Promise.resolve();

  /** `what` names the content in warnings. */
  constructor(path: string, what: string, clock: Clock, log: Logger) {
    this.#path = path;
    this.#what = what;
    this.#clock = clock;
    this.#log = log;
  }

  /** What was kept, as it was written; `undefined` when there is no file or it cannot be read. */
  async load(): Promise<unknown> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8'));
    } catch (error) {
      const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
      if (code !== 'ENOENT')
        this.#log.warn({ file: this.#path, error: messageOf(error) }, `${this.#what} cannot be read`);
      return undefined;
    }
  }

  /** Keeps what `snapshot` gives, soon. */
  save(snapshot: () => T): void {
    this.#snapshot = snapshot;
    if (this.#isSaving) return;
    this.#isSaving = true;
    this.#clock.after(WRITE_DELAY_MS, () => {
      this.#isSaving = false;
      void this.flush();
    });
  }

  /** Resolves when what was last saved is written. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const snapshot = this.#snapshot;
    if (!snapshot) return;
    this.#snapshot = undefined;
    try {
      await writeFile(`${this.#path}.tmp`, JSON.stringify(snapshot()), { mode: 0o600 });
      await rename(`${this.#path}.tmp`, this.#path);
    } catch (error) {
      this.#log.warn({ file: this.#path, error: messageOf(error) }, `${this.#what} cannot be written`);
    }
  }
}
