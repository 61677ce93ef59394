import { watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../../lib/clock.ts';

/** When watching is not possible (or misses something) the files are looked at this often. */
const POLL_MS = 1_000;

/** Says when a log may have grown or was rotated: by watching its folder, and by looking every second all the same. */
export class LogChanges {
  readonly #clock: Clock;
  readonly #watcher: FSWatcher | undefined;
  #isChanged = false;
  #wake: (() => void) | undefined;

  constructor(path: string, clock: Clock) {
    this.#clock = clock;
    try {
      this.#watcher = watch(dirname(path), () => this.notify());
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // No watches left, or the folder is gone: polling serves.
      this.#watcher = undefined;
    }
  }

  /** Something changed, whoever says so. */
  notify(): void {
    this.#isChanged = true;
    this.#wake?.();
  }

  /** Resolves when something changed since the last call, at the latest after a second or when `signal` aborts. */
  next(signal: AbortSignal): Promise<void> {
    if (this.#isChanged || signal.aborted) {
      this.#isChanged = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        this.#wake = undefined;
        this.#isChanged = false;
        resolve();
      };
      const cancel = this.#clock.after(POLL_MS, end);
      signal.addEventListener('abort', end, { once: true });
      this.#wake = end;
    });
  }

  close(): void {
    this.#watcher?.close();
  }
}
