import { closeSync, fdatasyncSync, openSync, readFileSync, renameSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Position } from './position.ts';

interface CheckpointFile {
  readonly version: 1;
  readonly positions: Readonly<Record<string, readonly [rotation: string, offset: number]>>;
}

/** Where each source is acknowledged up to, on disk. A lost or old file costs sending again, never a line. */
export class Checkpoints {
  readonly #dir: string;
  readonly #positions = new Map<string, Position>();
  #changed = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Reads what an earlier run left; returns why it could not, if there was something unreadable. */
  load(): string | undefined {
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    let text: string;
    try {
      text = readFileSync(this.#path(), 'utf8');
    } catch {
      return undefined;
    }
    try {
      const file = JSON.parse(text) as CheckpointFile;
      if (file.version !== 1) return `checkpoints of version ${String(file.version)} are not known`;
      for (const [key, [rotation, offset]] of Object.entries(file.positions))
        this.#positions.set(key, { rotation, offset });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  get(key: string): Position | undefined {
    return this.#positions.get(key);
  }

  /** Drops the positions of sources that are no more, so that the file does not grow for ever. */
  keepOnly(isKept: (key: string) => boolean): void {
    for (const key of this.#positions.keys()) if (!isKept(key)) this.delete(key);
  }

  set(key: string, position: Position): void {
    const known = this.#positions.get(key);
    if (known?.rotation === position.rotation && known.offset === position.offset) return;
    this.#positions.set(key, position);
    this.#changed = true;
  }

  delete(key: string): void {
    if (this.#positions.delete(key)) this.#changed = true;
  }

  /** Writes the file aside and renames it, when something changed. */
  save(): void {
    if (!this.#changed) return;
    const positions = Object.fromEntries(
      [...this.#positions].map(([key, { rotation, offset }]) => [key, [rotation, offset] as const]),
    );
    const aside = `${this.#path()}.tmp`;
    const fd = openSync(aside, 'w', 0o600);
    try {
      writeFileSync(fd, JSON.stringify({ version: 1, positions } satisfies CheckpointFile));
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(aside, this.#path());
    this.#changed = false;
  }

  #path(): string {
    return checkpointsFile(this.#dir);
  }
}

/** Where checkpoints are in a folder. */
export function checkpointsFile(dir: string): string {
  return join(dir, 'checkpoints.json');
}
