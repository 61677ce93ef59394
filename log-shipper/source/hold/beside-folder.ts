import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Between two signs of life, at most. */
const ALIVE_MS = 3_600_000;
/** Folders without a sign of life for so long are of shippers that are no more; what was in them is beyond the usual bound of age twice over. */
const STALE_MS = 48 * 3_600_000;

/** The folder that a shipper uses in an engine's data folder, beside those of others: keeps it from being taken for left, and removes what others left. */
export class BesideFolder {
  readonly #dir: string;
  #aliveMs = -Infinity;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Called now and then. */
  tend(nowMs: number): void {
    if (nowMs - this.#aliveMs < ALIVE_MS) return;
    this.#aliveMs = nowMs;
    try {
      utimesSync(this.#dir, nowMs / 1_000, nowMs / 1_000);
    } catch {
      // Nothing is held there yet.
    }
    for (const name of foldersIn(dirname(this.#dir))) {
      if (name === basename(this.#dir)) continue;
      const other = join(dirname(this.#dir), name);
      const info = statSync(other, { throwIfNoEntry: false });
      if (info && nowMs - info.mtimeMs > STALE_MS) rmSync(other, { recursive: true, force: true });
    }
  }
}

/** Only folders that are named as shippers name them. */
function foldersIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir).filter((name) => /^[0-9a-f]{16}$/.test(name));
  } catch {
    return [];
  }
}
