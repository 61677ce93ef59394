import { watch, type FSWatcher } from 'node:fs';
import { logOfName } from './hold/log-names.ts';

/** Called at a change; `renamed` when something was created, renamed or deleted, otherwise content changed. */
export type LogChanged = (renamed: boolean) => void;

/** A log whose changes are told until it is closed. */
export interface LogSubscription {
  /** False when the system cannot tell (no such folder, no watches left): then a periodic look must do. */
  readonly works: boolean;
  close(): void;
}

interface Folder {
  readonly watcher: FSWatcher | undefined;
  readonly logs: Map<string, Set<LogChanged>>;
}

/** Tells of changes of logs as they happen. Logs in one folder share one watch. */
export class FolderWatches {
  readonly #folders = new Map<string, Folder>();

  /** Follows the log `base` in `dir`: the file of that name and its rotated ones. */
  subscribe(dir: string, base: string, changed: LogChanged): LogSubscription {
    const folder = this.#folder(dir);
    const listeners = folder.logs.get(base) ?? new Set();
    folder.logs.set(base, listeners.add(changed));
    return {
      works: folder.watcher !== undefined,
      close: () => {
        listeners.delete(changed);
        if (listeners.size === 0 && folder.logs.get(base) === listeners) folder.logs.delete(base);
        if (folder.logs.size > 0) return;
        folder.watcher?.close();
        if (this.#folders.get(dir) === folder) this.#folders.delete(dir);
      },
    };
  }

  close(): void {
    for (const { watcher } of this.#folders.values()) watcher?.close();
    this.#folders.clear();
  }

  #folder(dir: string): Folder {
    const known = this.#folders.get(dir);
    if (known?.watcher) return known;
    const logs = known?.logs ?? new Map<string, Set<LogChanged>>();
    const folder = { watcher: watcherOf(dir, logs), logs };
    this.#folders.set(dir, folder);
    return folder;
  }
}

function watcherOf(dir: string, logs: ReadonlyMap<string, ReadonlySet<LogChanged>>): FSWatcher | undefined {
  try {
    const watcher = watch(dir, { persistent: false, encoding: 'utf8' }, (event, name) => {
      const listeners = name === null ? undefined : logOfName(name, logs);
      for (const changed of listeners ?? []) changed(event === 'rename');
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
