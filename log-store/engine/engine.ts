import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import type { MappingBody } from '../mapping/index-mapping.ts';
import { globMatches } from '../mapping/glob.ts';
import { resolveTemplate, type ComponentTemplate, type IndexTemplate } from '../mapping/templates.ts';
import { BlockCache } from './block-cache.ts';
import { BulkWrite, type BulkOperation, type BulkOutcome, type BulkTargets } from './bulk-write.ts';
import { FORMAT, readCatalog, writeCatalog } from './catalog.ts';
import { IndexStore, type IndexInfo } from './index-store.ts';
import { SEGMENT_RAW_BYTES, type Damage } from './segment.ts';
import { NamespaceKeeper, type NamespaceBounds } from './namespace-keeper.ts';
import { segmentsToDrop, type Retention } from './retention.ts';
import { boundsOf } from './stream-lifecycle.ts';
import { badRequest, indexNotFound, StoreError } from './store-error.ts';
import { TailPool } from './tail.ts';
import { decodeWalEntry, encodeWalEntry } from './wal-frame.ts';
import { syncDirectory, Wal, type WalFile } from './wal.ts';

/** The log is rotated at this size; it bounds how much is read again at start. */
const WAL_FILE_BYTES = 32 * 1024 * 1024;
/** What is left of older log files at a start is moved into blocks beyond this size. */
const MAX_OLD_WAL_BYTES = 4 * 1024 * 1024;
/** Hot documents of a slow index are carried into the new log file while they are fewer bytes than this, so that they do not make tiny blocks. */
const CARRY_BYTES = 64 * 1024;
const MIN_SEGMENT_RAW_BYTES = 1024 * 1024;
const SEGMENTS_IN_BOUND = 16;
const MAX_INDICES = 1_000;
const RETENTION_PERIOD_MS = 15_000;
/** The catalog is written this long after documents brought new fields. */
const CATALOG_DELAY_MS = 2_000;
const indexNameShape = /^[^A-Z\\/*?"<>| ,#:+_-][^A-Z\\/*?"<>| ,#:]{0,254}$/;

/** Where bounds per namespace that a request put are kept. */
export const NAMESPACE_BOUNDS = 'cluster/namespaces';

export interface EngineOptions {
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly retention: Retention;
  readonly namespaceBounds?: NamespaceBounds | undefined;
}

/**
 * All indices of a store with their common write-ahead log. A change is searchable at once and acknowledged when it is on disk; if the log cannot be written
 * it is taken back and answered 503, so that the sender tries again.
 */
export class Engine {
  readonly cache = new BlockCache();
  readonly indices = new Map<string, IndexStore>();
  readonly templates = new Map<string, IndexTemplate>();
  readonly components = new Map<string, ComponentTemplate>();
  readonly aliases = new Map<string, Set<string>>();
  readonly policies = new Map<string, unknown>();
  /** Figures for metrics. */
  readonly counters = { indexed: 0, conflicts: 0, rejected: 0, droppedDocs: 0, walFailures: 0, sealFailures: 0 };
  readonly #options: EngineOptions;
  readonly #pool = new TailPool();
  readonly #wal: Wal;
  readonly #namespaces: NamespaceKeeper;
  readonly #byUuid = new Map<string, IndexStore>();
  readonly #targets: BulkTargets = {
    index: (name, make) => this.get(name) ?? (make ? this.createIndex(name) : undefined),
    sealFailed: (index, error) => {
      this.counters.sealFailures++;
      this.#options.log.error(
        { err: error, index: index.name },
        'a block cannot be written, its documents stay in memory',
      );
    },
  };
  #oldWalFiles: WalFile[] = [];
  #cleaning: Promise<void> | undefined;
  #cancelRetention: (() => void) | undefined;
  #cancelCatalog: (() => void) | undefined;
  #clusterUuid = randomBytes(16).toString('base64url');
  #mappingVersions = 0;
  #closed = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#namespaces = new NamespaceKeeper(
      options.clock,
      options.log,
      () => new Promise((resolve) => setImmediate(resolve)),
    );
    this.#wal = new Wal(join(options.dir, 'wal'));
  }

  /** Reads what is on disk. Nothing is read before, so that the folder can be locked first. */
  open(): void {
    mkdirSync(join(this.#options.dir, 'indices'), { recursive: true, mode: 0o700 });
    const catalog = readCatalog(this.#options.dir);
    this.#clusterUuid = catalog?.clusterUuid ?? this.#clusterUuid;
    for (const info of catalog?.indices ?? []) this.#adopt(this.#newStore(info));
    for (const [name, template] of catalog?.templates ?? []) this.templates.set(name, template);
    for (const [name, component] of catalog?.components ?? []) this.components.set(name, component);
    for (const [name, targets] of catalog?.aliases ?? []) this.aliases.set(name, new Set(targets));
    for (const [name, policy] of catalog?.policies ?? []) this.policies.set(name, policy);
    const known = new Set(this.#byUuid.keys());
    for (const name of readdirSync(join(this.#options.dir, 'indices'))) {
      if (!known.has(name)) rmSync(this.#dirOf(name), { recursive: true, force: true });
    }
    for (const index of this.indices.values()) {
      index.open();
    }
    this.#oldWalFiles = [...this.#wal.open((payload) => this.#replay(payload))];
    const { damagedFrames } = this.#wal;
    if (damagedFrames > 0) this.#options.log.error({ damagedFrames }, 'parts of the write-ahead log are damaged');
    this.#saveCatalog();
    this.#scheduleRetention();
    // Every start begins a new file: a store that is killed again and again must not read more and more of them.
    if (this.#wal.bytesBefore >= MAX_OLD_WAL_BYTES) void this.#clean();
  }

  get clusterUuid(): string {
    return this.#clusterUuid;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#namespaces.stop();
    this.#cancelRetention?.();
    this.#cancelCatalog?.();
    await this.#cleaning;
    await this.#wal.close();
    for (const index of this.indices.values()) {
      index.seal();
      index.sync();
      index.close();
    }
    // The log stays: replaying it skips what is in blocks.
    this.#saveCatalog();
  }

  /** Applies operations in order. Items fail one by one; the promise resolves when all that succeeded is on disk. */
  async bulk(operations: readonly BulkOperation[]): Promise<BulkOutcome[]> {
    const write = new BulkWrite(this.#targets, { ms: this.#options.clock.now(), subNs: 0 });
    let outcomes: BulkOutcome[];
    try {
      outcomes = operations.map((operation) => write.apply(operation));
      await this.#log(write);
    } catch (error) {
      write.takeBack();
      this.counters.walFailures++;
      this.#options.log.error({ err: error }, 'a bulk could not be written');
      throw new StoreError(503, 'unavailable_shards_exception', 'the store cannot write to its disk');
    }
    for (const { error } of outcomes) {
      if (!error) this.counters.indexed++;
      else if (error.status === 409) this.counters.conflicts++;
      else this.counters.rejected++;
    }
    if (this.#wal.bytes >= WAL_FILE_BYTES) void this.#clean();
    this.#noticeNewFields();
    return outcomes;
  }

  get(name: string): IndexStore | undefined {
    return this.indices.get(backingOf(name));
  }

  /** Indices for a comma-separated list of names, wildcards, aliases and exclusions. A plain name that does not exist is an error unless ignored. */
  resolve(expression: string | undefined, options: { readonly ignoreUnavailable?: boolean } = {}): IndexStore[] {
    const found = new Map<string, IndexStore>();
    for (const raw of (expression || '_all').split(',')) {
      const part = raw.trim();
      if (part.startsWith('-') && found.size > 0) {
        for (const name of found.keys()) if (globMatches(part.slice(1), name)) found.delete(name);
        continue;
      }
      const pattern = part === '_all' || part === '' ? '*' : backingOf(part);
      const wild = pattern.includes('*');
      let any = false;
      for (const [name, index] of this.indices) {
        if (globMatches(pattern, name) && !(wild && name.startsWith('.') && !pattern.startsWith('.'))) {
          found.set(name, index);
          any = true;
        }
      }
      for (const [alias, targets] of this.aliases) {
        if (!globMatches(pattern, alias)) continue;
        for (const target of targets) {
          const index = this.indices.get(target);
          if (index) found.set(target, index);
          any = true;
        }
      }
      if (!any && !wild && !options.ignoreUnavailable) throw indexNotFound(part);
    }
    return [...found.values()];
  }

  createIndex(
    name: string,
    body: { mappings?: MappingBody; settings?: Record<string, unknown>; aliases?: Record<string, unknown> } = {},
    kind: 'index' | 'dataStream' | 'auto' = 'auto',
  ): IndexStore {
    if (!name.startsWith('.') ? !indexNameShape.test(name) : name.length > 255 || /[A-Z\\/*?"<>| ,#:]/.test(name)) {
      throw new StoreError(400, 'invalid_index_name_exception', `Invalid index name [${name}]`, { index: name });
    }
    if (this.indices.has(name)) {
      throw new StoreError(400, 'resource_already_exists_exception', `index [${name}] already exists`, { index: name });
    }
    if (this.indices.size >= MAX_INDICES) throw badRequest(`this store holds at most ${MAX_INDICES} indices`);
    const template = resolveTemplate(name, this.templates, this.components);
    const index = this.#newStore({
      name,
      uuid: randomUUID(),
      dataStream: kind === 'dataStream' || (kind === 'auto' && template.dataStream),
      createdMs: this.#options.clock.now(),
      mappings: {},
      settings: { ...template.settings, ...body.settings },
    });
    for (const mappings of [...template.mappings, body.mappings]) if (mappings) index.mapping.merge(mappings);
    index.open();
    this.#adopt(index);
    for (const alias of [...template.aliases, ...Object.keys(body.aliases ?? {})]) this.addAlias(alias, name);
    try {
      this.#saveCatalog();
    } catch (error) {
      // An index that is not in the catalog would be forgotten at the next start, with all that was acknowledged in it.
      this.#forget(index);
      index.remove();
      throw error;
    }
    return index;
  }

  /** Adds an index whose files `fill` puts into its folder. Nobody sees it before they are all there, and a crash leaves nothing of it. */
  async restoreIndex(info: IndexInfo, fill: (dir: string) => Promise<void>): Promise<void> {
    const index = this.#newStore({ ...info, uuid: randomUUID() });
    mkdirSync(index.dir, { recursive: true, mode: 0o700 });
    try {
      await fill(index.dir);
      syncDirectory(index.dir);
      if (this.indices.has(info.name)) {
        throw badRequest(`index [${info.name}] already exists`, 'resource_already_exists_exception');
      }
      index.open();
      this.#adopt(index);
      this.#saveCatalog();
    } catch (error) {
      if (this.indices.get(info.name) === index) this.indices.delete(info.name);
      index.remove();
      throw error;
    }
  }

  deleteIndex(index: IndexStore): void {
    this.#forget(index);
    this.#saveCatalog();
    index.remove();
  }

  addAlias(alias: string, target: string): void {
    const targets = this.aliases.get(alias) ?? new Set<string>();
    targets.add(target);
    this.aliases.set(alias, targets);
  }

  /** Templates, aliases, settings or mappings were changed by a request. */
  catalogChanged(): void {
    this.#saveCatalog();
  }

  /** Deletes documents by sequence number; resolves when that is on disk. */
  async deleteDocs(index: IndexStore, seqs: readonly number[]): Promise<void> {
    if (seqs.length === 0) return;
    for (const seq of seqs) index.deleted.add(seq);
    await this.#wal.append(encodeWalEntry(index.uuid, [], seqs));
  }

  /** Another thread found a damaged block. */
  quarantine(damage: Damage): void {
    for (const index of this.indices.values()) index.quarantine(damage);
  }

  /** Blocks that cannot be read. */
  get quarantinedBlocks(): number {
    return [...this.indices.values()].reduce((sum, index) => sum + index.quarantinedBlocks, 0);
  }

  /** Applies the bounds on bytes and age now. */
  enforceRetention(): void {
    const nowMs = this.#options.clock.now();
    const drops = segmentsToDrop([...this.indices.values()], this.#options.retention, nowMs, (index) =>
      boundsOf(index.settings, this.policies),
    );
    for (const { index, segment, reason } of drops) {
      this.counters.droppedDocs += segment.docCount;
      this.#options.log.info({ index: index.name, documents: segment.docCount, reason }, 'oldest documents dropped');
      index.dropSegment(segment);
    }
  }

  /** Bounds per namespace: those that were put in the place of those that are configured. */
  get namespaceBounds(): NamespaceBounds {
    const put = this.policies.get(NAMESPACE_BOUNDS) as NamespaceBounds | undefined;
    return { ...this.#options.namespaceBounds, ...put };
  }

  /** Applies the bounds per namespace now; resolves when that is done. */
  enforceNamespaces(): Promise<void> {
    return this.#namespaces.enforce([...this.indices.values()], this.namespaceBounds);
  }

  async #log(write: BulkWrite): Promise<void> {
    const writes: Promise<void>[] = [];
    for (const { index, added, deleted } of write.changes()) {
      const unlogged = [...index.unlogged];
      const logged = this.#wal.append(encodeWalEntry(index.uuid, added, [...unlogged, ...deleted]));
      writes.push(logged.then(() => unlogged.forEach((seq) => index.unlogged.delete(seq))));
    }
    // A conflict means "already stored": it may be said only when the first copy is on disk.
    if (writes.length === 0) writes.push(this.#wal.barrier());
    await Promise.all(writes);
  }

  #replay(payload: Buffer): void {
    const entry = decodeWalEntry(payload, this.#pool);
    const index = this.#byUuid.get(entry.indexUuid);
    if (!index) return;
    for (const rows of entry.added) index.replay(rows, () => index.seal());
    index.replayDeleted(entry.deleted);
  }

  /** Moves what is in the log into blocks, so that the log is short. Nothing needs it: what is acknowledged is on disk. */
  async flush(): Promise<void> {
    await this.#cleaning;
    await this.#clean();
  }

  /** Moves on to a new log file and removes the old ones once everything in them is in blocks on disk or carried over. */
  #clean(): Promise<void> {
    this.#cleaning ??= this.#cleanOnce().finally(() => {
      this.#cleaning = undefined;
    });
    return this.#cleaning;
  }

  async #cleanOnce(): Promise<void> {
    try {
      this.#oldWalFiles.push(...(await this.#wal.rotate()));
      const carried: Promise<void>[] = [];
      for (const index of this.indices.values()) {
        if (index.hot.bytes >= CARRY_BYTES) index.seal();
        index.sync();
        const { hot } = index;
        if (hot.count > 0) {
          carried.push(this.#wal.append(encodeWalEntry(index.uuid, [{ builder: hot, from: 0, to: hot.count }], [])));
        }
      }
      await Promise.all(carried);
      for (const file of this.#oldWalFiles) this.#wal.remove(file);
      this.#oldWalFiles = [];
    } catch (error) {
      this.#options.log.error({ err: error }, 'write-ahead log cannot be rotated, will try again');
    }
  }

  #noticeNewFields(): void {
    let versions = 0;
    for (const index of this.indices.values()) versions += index.mapping.version;
    if (versions === this.#mappingVersions) return;
    this.#mappingVersions = versions;
    this.#saveCatalogSoon();
  }

  #saveCatalogSoon(): void {
    this.#cancelCatalog ??= this.#options.clock.after(CATALOG_DELAY_MS, () => {
      this.#cancelCatalog = undefined;
      try {
        this.#saveCatalog();
      } catch (error) {
        // The fields are in the documents too; the disk may have room later.
        this.#options.log.error({ err: error }, 'the catalog cannot be written, will try again');
        this.#saveCatalogSoon();
      }
    });
  }

  #scheduleRetention(): void {
    this.#cancelRetention = this.#options.clock.after(RETENTION_PERIOD_MS, () => {
      try {
        this.enforceRetention();
        void this.enforceNamespaces();
      } catch (error) {
        this.#options.log.error({ err: error }, 'retention failed');
      }
      if (!this.#closed) this.#scheduleRetention();
    });
  }

  #saveCatalog(): void {
    writeCatalog(this.#options.dir, {
      version: FORMAT,
      clusterUuid: this.clusterUuid,
      indices: [...this.indices.values()].map((index) => index.info()),
      templates: [...this.templates],
      components: [...this.components],
      aliases: [...this.aliases].map(([name, targets]) => [name, [...targets]] as const),
      policies: [...this.policies],
    });
  }

  #newStore(info: IndexInfo): IndexStore {
    // Segments are dropped whole: they must be small beside the bound on bytes.
    const segmentBytes = Math.min(
      SEGMENT_RAW_BYTES,
      Math.max(MIN_SEGMENT_RAW_BYTES, this.#options.retention.maxBytes / SEGMENTS_IN_BOUND),
    );
    return new IndexStore(this.#dirOf(info.uuid), info, this.cache, this.#pool, segmentBytes, (index, damage) => {
      this.#options.log.error(
        { index: index.name, ...damage },
        'a damaged block was quarantined, its documents are lost',
      );
    });
  }

  #adopt(index: IndexStore): void {
    this.indices.set(index.name, index);
    this.#byUuid.set(index.uuid, index);
  }

  #forget(index: IndexStore): void {
    this.indices.delete(index.name);
    this.#byUuid.delete(index.uuid);
    for (const [alias, targets] of this.aliases) {
      targets.delete(index.name);
      if (targets.size === 0) this.aliases.delete(alias);
    }
  }

  #dirOf(uuid: string): string {
    return join(this.#options.dir, 'indices', uuid);
  }
}

/** `.ds-<stream>-000001` is the backing index of a stream; here both are the same thing. */
function backingOf(name: string): string {
  return /^\.ds-(.+)-\d{6}$/.exec(name)?.[1] ?? name;
}

export function backingNameOf(index: IndexStore): string {
  return index.dataStream ? `.ds-${index.name}-000001` : index.name;
}
