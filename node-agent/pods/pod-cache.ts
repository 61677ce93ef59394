import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';

/** Changes that come together share a write. */
const WRITE_DELAY_MS = 200;

/** The pods of this node as last seen, on disk: an agent that starts while the API is away knows from here what is to run. */
export class PodCache {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  #pods: (() => readonly Pod[]) | undefined;
  #isSaving = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, clock: Clock, log: Logger) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
  }

  async load(): Promise<readonly Pod[]> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8')) as Pod[];
    } catch (error) {
      const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
      if (code !== 'ENOENT') this.#log.warn({ error: messageOf(error) }, 'cached pods cannot be read');
      return [];
    }
  }

  save(pods: () => readonly Pod[]): void {
    this.#pods = pods;
    if (this.#isSaving) return;
    this.#isSaving = true;
    this.#clock.after(WRITE_DELAY_MS, () => {
      this.#isSaving = false;
      void this.flush();
    });
  }

  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    if (!this.#pods) return;
    try {
      // Environment variables may hold secrets.
      await writeFile(`${this.#path}.tmp`, JSON.stringify(this.#pods()), { mode: 0o600 });
      await rename(`${this.#path}.tmp`, this.#path);
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'cached pods cannot be written');
    }
  }
}
