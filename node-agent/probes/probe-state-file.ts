import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { ProbeState } from './decide.ts';

/** Changes that come together share a write. */
const WRITE_DELAY_MS = 100;

interface Stored {
  readonly version: 1;
  readonly states: Readonly<Record<string, ProbeState>>;
}

/** Probe states on disk by `<containerId>/<probe type>`, so that readiness does not flip when the agent starts anew. */
export class ProbeStateFile {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  #snapshot: (() => Readonly<Record<string, ProbeState>>) | undefined;
  #isSaving = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, clock: Clock, log: Logger) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
  }

  /** What was kept; nothing when there is no file or it cannot be read (probes then begin anew). */
  async load(): Promise<ReadonlyMap<string, ProbeState>> {
    try {
      const stored = JSON.parse(await readFile(this.#path, 'utf8')) as Stored;
      return stored.version === 1 ? new Map(Object.entries(stored.states)) : new Map();
    } catch (error) {
      const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
      if (code !== 'ENOENT')
        this.#log.warn({ error: messageOf(error) }, 'probe state cannot be read, probes begin anew');
      return new Map();
    }
  }

  /** Keeps what `snapshot` gives, soon. */
  save(snapshot: () => Readonly<Record<string, ProbeState>>): void {
    this.#snapshot = snapshot;
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
    if (!this.#snapshot) return;
    const stored: Stored = { version: 1, states: this.#snapshot() };
    try {
      await writeFile(`${this.#path}.tmp`, JSON.stringify(stored), { mode: 0o600 });
      await rename(`${this.#path}.tmp`, this.#path);
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'probe state cannot be written');
    }
  }
}
