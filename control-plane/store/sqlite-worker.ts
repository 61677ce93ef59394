import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerReply, WorkerRequest, WriteRequest } from './sqlite-messages.ts';
import type { StoredEntry, WriteOutcome } from './store.ts';

/*
 * The thread that owns the database file, so that waiting for the disk holds up nobody else. Replies come in the order of the requests.
 * `control-plane/main.ts` has it compiled before the thread starts (`lib/lean-start.ts`): a type stripper of its own would cost the thread 10 MB.
 */

/** Larger than a name can make any key; the upper end of a prefix scan. */
const LAST_CHARACTER = '\u{10FFFF}';

/**
 * The database file: WAL, and `synchronous=FULL`, so that a commit is on disk when it returns. Revisions are the engine's own; the counter is kept beside the
 * objects since a removal leaves no row.
 */
class SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #revisionOf: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #select: StatementSync;
  readonly #scan: StatementSync;
  readonly #setRevision: StatementSync;
  #revision: number;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    const database = this.#database;
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 1000;
      PRAGMA cache_size = -2048;
      PRAGMA journal_size_limit = 16777216;
      CREATE TABLE IF NOT EXISTS objects (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
      INSERT OR IGNORE INTO meta VALUES ('revision', 0);
    `);
    this.#revisionOf = database.prepare('SELECT revision FROM objects WHERE key = ?');
    this.#put = database.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?)');
    this.#remove = database.prepare('DELETE FROM objects WHERE key = ?');
    this.#select = database.prepare('SELECT key, revision, value FROM objects WHERE key = ?');
    this.#scan = database.prepare('SELECT key, revision, value FROM objects WHERE key >= ? AND key < ? ORDER BY key');
    this.#setRevision = database.prepare("UPDATE meta SET number = ? WHERE name = 'revision'");
    const row = database.prepare("SELECT number FROM meta WHERE name = 'revision'").get();
    this.#revision = Number(row?.['number'] ?? 0);
  }

  get revision(): number {
    return this.#revision;
  }

  /** All writes in one transaction; each is compared on its own. Throws when nothing was kept. */
  write(writes: readonly WriteRequest[]): readonly WriteOutcome[] {
    const before = this.#revision;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const outcomes = writes.map((write) => this.#writeOne(write));
      if (this.#revision !== before) this.#setRevision.run(this.#revision);
      this.#database.exec('COMMIT');
      return outcomes;
    } catch (error) {
      this.#revision = before;
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  get(key: string): StoredEntry | undefined {
    const row = this.#select.get(key);
    return row && entryOf(row);
  }

  list(prefix: string): StoredEntry[] {
    return this.#scan.all(prefix, prefix + LAST_CHARACTER).map(entryOf);
  }

  /** Pages that are free and the log of writes still hold what was overwritten: the file is written anew without them. */
  wipe(): void {
    this.#database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE);');
  }

  close(): void {
    this.#database.close();
  }

  #writeOne({ key, value, expectedRevision }: WriteRequest): WriteOutcome {
    const currentRevision = Number(this.#revisionOf.get(key)?.['revision'] ?? 0);
    if (currentRevision !== expectedRevision) return { written: false, currentRevision };
    const revision = ++this.#revision;
    if (value) this.#put.run(key, revision, value);
    else this.#remove.run(key);
    return { written: true, revision };
  }
}

function entryOf(row: Readonly<Record<string, unknown>>): StoredEntry {
  return { key: String(row['key']), revision: Number(row['revision']), value: row['value'] as Uint8Array };
}

const port = parentPort;
if (!port) throw new Error('runs only as a worker of the SQLite store');

const { path } = workerData as { path: string };
const database = new SqliteDatabase(path);
const reply = (message: WorkerReply): void => port.postMessage(message);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

port.on('message', (request: WorkerRequest) => {
  switch (request.kind) {
    case 'writes':
      try {
        reply({ kind: 'written', outcomes: database.write(request.writes) });
      } catch (error) {
        reply({ kind: 'notWritten', message: messageOf(error) });
      }
      return;
    case 'get':
    case 'list':
      try {
        const one = request.kind === 'get' ? database.get(request.key) : undefined;
        const entries = request.kind === 'list' ? database.list(request.prefix) : one ? [one] : [];
        reply({ kind: 'entries', id: request.id, revision: database.revision, entries });
      } catch (error) {
        reply({ kind: 'failed', id: request.id, message: messageOf(error) });
      }
      return;
    case 'wipe':
      try {
        database.wipe();
        reply({ kind: 'entries', id: request.id, revision: database.revision, entries: [] });
      } catch (error) {
        reply({ kind: 'failed', id: request.id, message: messageOf(error) });
      }
      return;
    case 'close':
      database.close();
      reply({ kind: 'closed' });
      port.close();
  }
});

reply({ kind: 'opened', revision: database.revision });
