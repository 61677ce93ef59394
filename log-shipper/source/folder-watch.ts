import { watch, type FSWatcher } from 'node:fs';

/** Tells of changes in a folder as they happen; says nothing when the system cannot (no such folder, no watches left), then a periodic look must do. */
export class FolderWatch {
  readonly #watcher: FSWatcher | undefined;

  /** `renamed`: something was created, renamed or deleted; otherwise the content of a file changed. */
  constructor(dir: string, changed: (name: string, renamed: boolean) => void) {
    try {
      this.#watcher = watch(dir, { persistent: false, encoding: 'utf8' }, (event, name) =>
        changed(name ?? '', event === 'rename'),
      );
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      this.#watcher = undefined;
    }
  }

  get works(): boolean {
    return this.#watcher !== undefined;
  }

  close(): void {
    this.#watcher?.close();
  }
}
