import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { IndexInfo } from '../engine/index-store.ts';
import { syncDirectory } from '../engine/wal.ts';
import type { ComponentTemplate, IndexTemplate } from '../mapping/templates.ts';

/** One segment in a snapshot: names of files in the repository. */
export interface SnapshotSegment {
  readonly number: number;
  readonly data: string;
  /** Absent for a segment that was still growing: it is read without. */
  readonly index: string | undefined;
}

export interface SnapshotIndex {
  readonly info: IndexInfo;
  readonly segments: readonly SnapshotSegment[];
  readonly deleted: readonly number[];
  readonly docs: number;
}

/** What a snapshot's file says. It is written last: a snapshot that has one is whole. */
export interface SnapshotManifest {
  readonly format: 1;
  readonly name: string;
  readonly uuid: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly indices: readonly SnapshotIndex[];
  readonly templates: readonly (readonly [string, IndexTemplate])[];
  readonly components: readonly (readonly [string, ComponentTemplate])[];
  readonly policies: readonly (readonly [string, unknown])[];
  readonly metadata: unknown;
}

const MANIFESTS = 'snapshots';
const FILES = 'files';

/**
 * A folder of snapshots. `files/` holds segments under names that say which they are, so that snapshots share those that did not change; `snapshots/NAME.json`
 * says which of them a snapshot consists of. Files that no snapshot names are left-overs and go with the next clean-up.
 */
export class Repository {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  async prepare(): Promise<void> {
    await mkdir(join(this.dir, MANIFESTS), { recursive: true, mode: 0o700 });
    await mkdir(join(this.dir, FILES), { recursive: true, mode: 0o700 });
  }

  pathOf(file: string): string {
    return join(this.dir, FILES, file);
  }

  async names(): Promise<string[]> {
    const files = await readdir(join(this.dir, MANIFESTS));
    return files.flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []).sort();
  }

  /** `undefined` when there is no such snapshot. */
  async read(name: string): Promise<SnapshotManifest | undefined> {
    try {
      return JSON.parse(await readFile(this.#manifestOf(name), 'utf8')) as SnapshotManifest;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async write(manifest: SnapshotManifest): Promise<void> {
    const path = this.#manifestOf(manifest.name);
    syncDirectory(join(this.dir, FILES));
    const file = await open(`${path}.tmp`, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify(manifest));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.tmp`, path);
    syncDirectory(join(this.dir, MANIFESTS));
  }

  async remove(name: string): Promise<void> {
    await rm(this.#manifestOf(name), { force: true });
    syncDirectory(join(this.dir, MANIFESTS));
  }

  /** Removes files that no snapshot needs: of removed ones, and of those that a crash left half made. */
  async cleanUp(): Promise<void> {
    const needed = new Set<string>();
    for (const name of await this.names()) {
      for (const { segments } of (await this.read(name))?.indices ?? []) {
        for (const { data, index } of segments) {
          needed.add(data);
          if (index !== undefined) needed.add(index);
        }
      }
    }
    for (const file of await readdir(join(this.dir, FILES))) {
      if (!needed.has(file)) await rm(this.pathOf(file), { force: true });
    }
  }

  #manifestOf(name: string): string {
    return join(this.dir, MANIFESTS, `${name}.json`);
  }
}
