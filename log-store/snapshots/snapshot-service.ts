import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { Engine } from '../engine/engine.ts';
import type { IndexStore } from '../engine/index-store.ts';
import { badRequest, StoreError } from '../engine/store-error.ts';
import { copyBytes, linkOrCopy } from './link-or-copy.ts';
import type { Repository, SnapshotIndex, SnapshotManifest, SnapshotSegment } from './repository.ts';

const STAGING = 'snapshot-staging';
const MAX_SNAPSHOTS = 1_000;
const nameShape = /^[a-z0-9][a-z0-9._-]{0,127}$/;

/** An index as it was at one moment: its files under names of their own, so that nothing that happens to it later touches them. */
interface HeldIndex {
  readonly index: SnapshotIndex['info'];
  readonly docs: number;
  readonly deleted: readonly number[];
  readonly segments: readonly {
    readonly number: number;
    readonly data: string;
    readonly indexFile: string | undefined;
    readonly dataBytes: number;
  }[];
}

export interface SnapshotRequest {
  readonly indices: readonly IndexStore[];
  readonly metadata: unknown;
  /** Keep templates and policies too. */
  readonly globalState: boolean;
}

export interface RestoreRequest {
  readonly wants: (index: string) => boolean;
  readonly rename: (index: string) => string;
  readonly globalState: boolean;
}

/**
 * Makes and restores snapshots while documents come in. A snapshot is of one moment: the hot documents become a block, and all files get a second name at once,
 * before anything else runs. Copying comes after; the file that makes the snapshot count is written last.
 */
export class SnapshotService {
  readonly #engine: Engine;
  readonly #dataDir: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  #running: string | undefined;

  constructor(engine: Engine, dataDir: string, clock: Clock, log: Logger) {
    this.#engine = engine;
    this.#dataDir = dataDir;
    this.#clock = clock;
    this.#log = log;
  }

  /** Removes what a snapshot that a crash ended left behind. */
  open(): void {
    rmSync(join(this.#dataDir, STAGING), { recursive: true, force: true });
  }

  /** The snapshot that is being made, as `repository:name`. */
  get running(): string | undefined {
    return this.#running;
  }

  /** Throws a 400 when the name is wrong or taken. */
  async check(repository: Repository, label: string, name: string): Promise<void> {
    const refuse = (why: string) =>
      badRequest(`[${label}:${name}] Invalid snapshot name: ${why}`, 'invalid_snapshot_name_exception');
    if (!nameShape.test(name)) throw refuse('lower-case letters, digits, . _ -');
    await repository.prepare();
    const names = await repository.names();
    if (names.includes(name)) throw refuse('a snapshot with the same name exists');
    if (names.length >= MAX_SNAPSHOTS) throw badRequest(`a repository holds at most ${MAX_SNAPSHOTS} snapshots`);
  }

  /** Throws what `check` throws, and a 503 while another snapshot is made or removed. */
  async create(
    repository: Repository,
    label: string,
    name: string,
    request: SnapshotRequest,
  ): Promise<SnapshotManifest> {
    return this.#alone(`${label}:${name}`, async () => {
      await this.check(repository, label, name);
      await repository.cleanUp();
      const uuid = randomUUID();
      const staging = join(this.#dataDir, STAGING, uuid);
      const startMs = this.#clock.now();
      try {
        const held = holdAll(request.indices, staging);
        const { templates, components, policies } = this.#engine;
        const global = request.globalState;
        const state = {
          templates: global ? [...templates] : [],
          components: global ? [...components] : [],
          policies: global ? [...policies] : [],
        };
        const indices: SnapshotIndex[] = [];
        for (const index of held) indices.push(await keep(repository, uuid, index));
        const { metadata } = request;
        const manifest = {
          format: 1,
          name,
          uuid,
          startMs,
          endMs: this.#clock.now(),
          indices,
          ...state,
          metadata,
        } as const;
        await repository.write(manifest);
        this.#log.info({ repository: label, snapshot: name, indices: indices.length }, 'snapshot made');
        return manifest;
      } finally {
        rmSync(staging, { recursive: true, force: true });
      }
    });
  }

  async remove(repository: Repository, label: string, names: readonly string[]): Promise<void> {
    await this.#alone(`${label}:${names.join(',')}`, async () => {
      for (const name of names) await repository.remove(name);
      await repository.cleanUp();
    });
  }

  /** Restores indices under their own or other names. Throws a 500 as Elasticsearch does when one of that name exists; then none is restored. */
  async restore(repository: Repository, manifest: SnapshotManifest, request: RestoreRequest): Promise<string[]> {
    const wanted = manifest.indices.filter(({ info }) => request.wants(info.name));
    const targets = wanted.map((index) => ({ index, name: request.rename(index.info.name) }));
    for (const { name } of targets) {
      if (!this.#engine.indices.has(name)) continue;
      throw new StoreError(
        500,
        'snapshot_restore_exception',
        `[${manifest.name}] cannot restore index [${name}] because an open index with same name already exists in the cluster. Delete it or give another name to the restored one`,
      );
    }
    if (request.globalState) {
      for (const [name, template] of manifest.templates) this.#engine.templates.set(name, template);
      for (const [name, component] of manifest.components) this.#engine.components.set(name, component);
      for (const [name, policy] of manifest.policies) this.#engine.policies.set(name, policy);
    }
    for (const { index, name } of targets) {
      await this.#engine.restoreIndex({ ...index.info, name }, (dir) => fill(repository, index, dir));
      this.#log.info({ snapshot: manifest.name, index: name, documents: index.docs }, 'index restored');
    }
    return targets.map(({ name }) => name);
  }

  /** One at a time: a clean-up must not remove what another snapshot is about to name. */
  async #alone<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#running !== undefined) {
      throw new StoreError(
        503,
        'concurrent_snapshot_execution_exception',
        `[${what}] cannot run while [${this.#running}] does`,
      );
    }
    this.#running = what;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreError)) {
        this.#log.error({ err: error, snapshot: what }, 'snapshot failed');
        throw new StoreError(500, 'snapshot_exception', `[${what}] failed: ${messageOf(error)}`);
      }
      throw error;
    } finally {
      this.#running = undefined;
    }
  }
}

/** Holds all files of the indices, in one turn of the event loop. */
function holdAll(indices: readonly IndexStore[], staging: string): HeldIndex[] {
  mkdirSync(staging, { recursive: true, mode: 0o700 });
  return indices.map((index) => {
    index.seal();
    const segments = index.segments.map((segment) => {
      const data = join(staging, `${index.uuid}-${segment.number}.dat`);
      linkSync(segment.path, data);
      const indexFile = segment.finished ? `${data}.idx` : undefined;
      if (indexFile !== undefined) linkSync(`${segment.path}.idx`, indexFile);
      return { number: segment.number, data, indexFile, dataBytes: segment.diskBytes };
    });
    return { index: index.info(), docs: index.docCount, deleted: [...index.deleted], segments };
  });
}

/** Puts an index's files into the repository: those that never change under a name that later snapshots find again. */
async function keep(repository: Repository, snapshotUuid: string, held: HeldIndex): Promise<SnapshotIndex> {
  const segments: SnapshotSegment[] = [];
  for (const { number, data, indexFile, dataBytes } of held.segments) {
    const base = `${held.index.uuid}-${String(number).padStart(8, '0')}`;
    if (indexFile === undefined) {
      const file = `${base}-${snapshotUuid}.dat`;
      await copyBytes(data, repository.pathOf(file), dataBytes);
      segments.push({ number, data: file, index: undefined });
    } else {
      await linkOrCopy(data, repository.pathOf(`${base}.dat`));
      await linkOrCopy(indexFile, repository.pathOf(`${base}.dat.idx`));
      segments.push({ number, data: `${base}.dat`, index: `${base}.dat.idx` });
    }
  }
  return { info: held.index, segments, deleted: held.deleted, docs: held.docs };
}

/** Puts a restored index's files into its folder. A segment that still grew is copied: it will grow again. */
async function fill(repository: Repository, index: SnapshotIndex, dir: string): Promise<void> {
  for (const { number, data, index: indexFile } of index.segments) {
    const path = join(dir, `seg-${String(number).padStart(8, '0')}.dat`);
    if (indexFile === undefined) await copyBytes(repository.pathOf(data), path, undefined);
    else {
      await linkOrCopy(repository.pathOf(data), path);
      await linkOrCopy(repository.pathOf(indexFile), `${path}.idx`);
    }
  }
  if (index.deleted.length === 0) return;
  const bytes = Buffer.alloc(index.deleted.length * 8);
  index.deleted.forEach((seq, n) => bytes.writeDoubleLE(seq, n * 8));
  await writeFile(join(dir, 'deleted.bin'), bytes, { mode: 0o600, flush: true });
}
