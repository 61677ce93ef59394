import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf, VigilError } from '../../lib/errors.ts';
import { ChangeFeed } from './change-feed.ts';
import { tooLarge } from './memory-store.ts';
import type { WorkerReply, WorkerRequest, WriteRequest } from './sqlite-messages.ts';
import {
  MAX_VALUE_BYTES,
  type Change,
  type Store,
  type StoredEntry,
  type StoredList,
  type StoreWatcher,
  type WriteOutcome,
} from './store.ts';

/** Writes that may share one transaction: a bound on the memory and the latency of a batch. */
const MAX_BATCH = 512;
/** Writes that may wait; beyond it the disk cannot keep up and callers are told to come back. */
const MAX_WAITING = 20_000;

interface PendingWrite {
  readonly request: WriteRequest;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: Error) => void;
}

interface PendingRead {
  readonly resolve: (list: StoredList) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The store of one machine: SQLite in a worker thread. While one batch of writes is on its way to the disk the next gathers, so that many writers
 * share one fsync (group commit); a write is acknowledged after it.
 *
 * new ── start ──▶ open ── stop, or the worker died ──▶ closed
 */
export class SqliteStore implements Store {
  readonly name = 'sqlite store';
  readonly #path: string;
  readonly #feed = new ChangeFeed();
  readonly #reads = new Map<number, PendingRead>();
  #waiting: PendingWrite[] = [];
  /** Batches on their way to the disk, oldest first: one, and more while closing. */
  readonly #inFlight: PendingWrite[][] = [];
  #isPostDue = false;
  #worker: Worker | undefined;
  #failure: Error | undefined;
  #readId = 0;
  #onClosed: () => void = () => {};

  constructor(path: string) {
    this.#path = path;
  }

  get revision(): number {
    return this.#feed.revision;
  }

  async start(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    // Made here, so that nobody else can read it; SQLite gives its companions the same rights.
    await (await open(this.#path, 'a', 0o600)).close();
    const worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), { workerData: { path: this.#path } });
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (reply: WorkerReply) => {
        if (reply.kind === 'opened') {
          this.#feed.reset(reply.revision);
          resolve();
        } else this.#take(reply);
      });
      worker.on('error', (error) => {
        this.#fail(
          new VigilError('STORE_FAILED', 'terminal', `the store failed: ${messageOf(error)}`, { cause: error }),
        );
        reject(error as Error);
      });
      worker.on('exit', () => {
        this.#fail(new VigilError('STORE_CLOSED', 'terminal', 'the store is closed'));
        this.#onClosed();
      });
    });
    this.#worker = worker;
  }

  async stop(): Promise<void> {
    const worker = this.#worker;
    if (!worker) return;
    this.#worker = undefined;
    const closed = new Promise<void>((resolve) => {
      this.#onClosed = resolve;
    });
    // What was accepted before is written first: the worker takes requests in order.
    while (this.#waiting.length > 0) this.#post(worker);
    send(worker, { kind: 'close' });
    await closed;
    this.#feed.close();
  }

  async get(key: string): Promise<StoredEntry | undefined> {
    const list = await this.#read((id) => ({ kind: 'get', id, key }));
    return list.entries[0];
  }

  list(prefix: string): Promise<StoredList> {
    return this.#read((id) => ({ kind: 'list', id, prefix }));
  }

  write(key: string, value: Uint8Array | undefined, expectedRevision: number): Promise<WriteOutcome> {
    if (!this.#worker) return Promise.reject(this.#closedError());
    if (value && value.byteLength > MAX_VALUE_BYTES) return Promise.reject(tooLarge(key, value));
    if (this.#waiting.length >= MAX_WAITING) {
      return Promise.reject(new VigilError('STORE_BUSY', 'transient', 'the disk cannot keep up with the writes'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request: { key, value, expectedRevision }, resolve, reject });
      this.#schedule();
    });
  }

  watch(prefix: string, afterRevision: number, watcher: StoreWatcher): () => void {
    return this.#feed.watch(prefix, afterRevision, watcher);
  }

  compact(revision: number): void {
    this.#feed.compact(revision);
  }

  async wipe(): Promise<void> {
    await this.#read((id) => ({ kind: 'wipe', id }));
  }

  /** Waits for the end of this turn, so that writes made together travel together. */
  #schedule(): void {
    if (this.#isPostDue || this.#inFlight.length > 0) return;
    this.#isPostDue = true;
    setImmediate(() => {
      this.#isPostDue = false;
      if (this.#worker && this.#inFlight.length === 0) this.#post(this.#worker);
    });
  }

  #post(worker: Worker): void {
    if (this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, MAX_BATCH);
    this.#inFlight.push(batch);
    send(worker, { kind: 'writes', writes: batch.map((write) => write.request) });
  }

  #take(reply: WorkerReply): void {
    switch (reply.kind) {
      case 'written':
        this.#acknowledge(reply.outcomes);
        break;
      case 'notWritten': {
        const error = new VigilError('STORE_WRITE_FAILED', 'transient', `the store could not write: ${reply.message}`);
        for (const write of this.#inFlight.shift() ?? []) write.reject(error);
        break;
      }
      case 'entries':
        this.#reads.get(reply.id)?.resolve({ revision: reply.revision, entries: reply.entries });
        this.#reads.delete(reply.id);
        return;
      case 'failed':
        this.#reads.get(reply.id)?.reject(new VigilError('STORE_READ_FAILED', 'transient', reply.message));
        this.#reads.delete(reply.id);
        return;
      default:
        return;
    }
    if (this.#worker) this.#post(this.#worker);
  }

  /** Tells watchers first, so that a writer that goes on finds its own write everywhere. */
  #acknowledge(outcomes: readonly WriteOutcome[]): void {
    const batch = this.#inFlight.shift() ?? [];
    const changes: Change[] = [];
    for (const [index, { request }] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome?.written) changes.push({ key: request.key, revision: outcome.revision, value: request.value });
    }
    this.#feed.publish(changes);
    for (const [index, write] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome) write.resolve(outcome);
    }
  }

  #read(request: (id: number) => WorkerRequest): Promise<StoredList> {
    const worker = this.#worker;
    if (!worker) return Promise.reject(this.#closedError());
    // Writes that were accepted before this read go first: whoever reads after a write that resolved sees it in any case.
    const id = ++this.#readId;
    return new Promise((resolve, reject) => {
      this.#reads.set(id, { resolve, reject });
      send(worker, request(id));
    });
  }

  #closedError(): Error {
    return this.#failure ?? new VigilError('STORE_CLOSED', 'terminal', 'the store is closed');
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#worker = undefined;
    for (const write of [...this.#inFlight.splice(0).flat(), ...this.#waiting.splice(0)]) write.reject(error);
    for (const read of this.#reads.values()) read.reject(error);
    this.#reads.clear();
  }
}

function send(worker: Worker, request: WorkerRequest): void {
  worker.postMessage(request, []);
}
