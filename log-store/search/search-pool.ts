import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { BlockCache } from '../engine/block-cache.ts';
import type { Damage } from '../engine/segment.ts';
import { StoreError } from '../engine/store-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { executeSearch, type SearchOutcome } from './execute.ts';
import type { Searchable, SearchClock } from './searchable.ts';
import {
  openFailure,
  reviveNumbers,
  shareIndex,
  type SearchOrder,
  type SearchReply,
  type SearchRequest,
} from './shared-search.ts';

/** Searches that open more blocks than this run in another thread: about as much as delays an acknowledgement by 10 ms. */
const MAX_LOCAL_BLOCKS = 32;
/** Searches of one thread at a time; they take turns. */
const MAX_RUNNING = 4;
/** Searches that wait for a thread; beyond, clients are told to come again. */
const MAX_WAITING = 1_000;
/** A thread costs memory: it ends when nothing was searched for so long. */
const IDLE_MS = 30_000;
/** Memory of a thread's objects; a search that needs more fails, and nothing else. */
const MAX_HEAP_MB = 256;
/** Most of what a search makes is large and not in this part; a larger one would only be resident. */
const YOUNG_HEAP_MB = 6;

interface Waiting {
  readonly request: SearchRequest;
  readonly resolve: (outcome: SearchOutcome) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly running: Map<number, Waiting>;
  cancelIdle: (() => void) | undefined;
}

export interface SearchPoolOptions {
  readonly cache: BlockCache;
  readonly clock: Clock;
  /** As `SearchClock.yield`. */
  readonly yield: () => Promise<void>;
  /** Hears of damaged blocks that a thread found. */
  readonly damaged: (damage: Damage) => void;
  readonly threads?: number;
  readonly maxLocalBlocks?: number;
}

/**
 * Runs searches: short ones at once and here, where what was searched last is decompressed already; those that turn out to be long from the beginning in another
 * thread. Threads are started when they are needed and end when they are not. Both ways are the same code over the same documents.
 */
export class SearchPool {
  readonly #options: SearchPoolOptions;
  readonly #clock: SearchClock;
  readonly #maxThreads: number;
  readonly #maxLocalBlocks: number;
  readonly #threads: Thread[] = [];
  readonly #waiting: Waiting[] = [];
  #nextId = 0;
  #closed = false;

  constructor(options: SearchPoolOptions) {
    this.#options = options;
    this.#maxThreads = options.threads ?? Math.max(1, availableParallelism() - 1);
    this.#maxLocalBlocks = options.maxLocalBlocks ?? MAX_LOCAL_BLOCKS;
    this.#clock = {
      nowMs: () => options.clock.now(),
      monotonicMs: () => options.clock.monotonicMs(),
      yield: options.yield,
    };
  }

  /** Threads that are there now. */
  get threads(): number {
    return this.#threads.length;
  }

  /**
   * Throws a 400 for a request that is wrong, a 429 when too many are waiting, and `signal`'s reason when it aborts: then the search ends where it is. `indices` must
   * not change any more.
   */
  async run(
    indices: readonly Searchable[],
    body: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<SearchOutcome> {
    // What the other thread searches is what was there now, not after the attempt here.
    const shared = indices.map(shareIndex);
    const clock = {
      ...this.#clock,
      yield: async () => {
        await this.#clock.yield();
        signal.throwIfAborted();
      },
    };
    const outcome = await executeSearch(indices, body, this.#options.cache, clock, this.#maxLocalBlocks);
    if (outcome) return outcome;
    signal.throwIfAborted();
    if (this.#waiting.length >= MAX_WAITING || this.#closed) {
      throw new StoreError(429, 'es_rejected_execution_exception', 'too many searches are waiting');
    }
    const request = { id: this.#nextId++, indices: shared, body, nowMs: this.#clock.nowMs() };
    return new Promise((resolve, reject) => {
      const cancel = () => this.#cancel(request.id, signal.reason as Error);
      signal.addEventListener('abort', cancel, { once: true });
      const settled = <T>(settle: (value: T) => void) => {
        return (value: T) => {
          signal.removeEventListener('abort', cancel);
          settle(value);
        };
      };
      this.#waiting.push({ request, resolve: settled(resolve), reject: settled(reject) });
      this.#dispatch();
    });
  }

  #cancel(id: number, reason: Error): void {
    const at = this.#waiting.findIndex(({ request }) => request.id === id);
    if (at >= 0) this.#waiting.splice(at, 1)[0]?.reject(reason);
    for (const { worker, running } of this.#threads) {
      // It stays among the running ones until the thread says that it has ended.
      if (!running.has(id)) continue;
      worker.postMessage({ cancelled: id } satisfies SearchOrder, []);
      running.get(id)?.reject(reason);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#threads.map((thread) => this.#end(thread)));
    for (const { reject } of this.#waiting.splice(0))
      reject(new StoreError(503, 'node_closed_exception', 'the store stops'));
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#freeThread();
      if (!thread) return;
      const next = this.#waiting.shift();
      if (!next) return;
      thread.cancelIdle?.();
      thread.cancelIdle = undefined;
      thread.running.set(next.request.id, next);
      thread.worker.postMessage(next.request, []);
    }
  }

  /** The least busy thread; a new one when all are busy and there may be more. */
  #freeThread(): Thread | undefined {
    const [least] = [...this.#threads].sort((a, b) => a.running.size - b.running.size);
    if (least?.running.size === 0) return least;
    if (this.#threads.length < this.#maxThreads) return this.#start();
    return least && least.running.size < MAX_RUNNING ? least : undefined;
  }

  #start(): Thread {
    const worker = new Worker(new URL('./search-worker.ts', import.meta.url), {
      workerData: {},
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    });
    const thread: Thread = { worker, running: new Map(), cancelIdle: undefined };
    worker.on('message', (reply: SearchReply) => this.#replied(thread, reply));
    worker.on('error', (error) => this.#lost(thread, error));
    worker.on('exit', () => this.#lost(thread, new Error('the search thread ended')));
    // A search alone does not keep the process up: whoever asked for it does.
    worker.unref();
    this.#threads.push(thread);
    return thread;
  }

  #replied(thread: Thread, reply: SearchReply): void {
    if ('damage' in reply) {
      this.#options.damaged(reply.damage);
      return;
    }
    const waiting = thread.running.get(reply.id);
    thread.running.delete(reply.id);
    if ('failure' in reply) waiting?.reject(openFailure(reply.failure));
    else waiting?.resolve(reviveNumbers(reply.outcome) as SearchOutcome);
    this.#dispatch();
    if (thread.running.size === 0 && !this.#closed) {
      thread.cancelIdle = this.#options.clock.after(IDLE_MS, () => void this.#end(thread));
    }
  }

  #lost(thread: Thread, error: Error): void {
    const at = this.#threads.indexOf(thread);
    if (at < 0) return;
    this.#threads.splice(at, 1);
    thread.cancelIdle?.();
    const isMemory = (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY';
    for (const { reject } of thread.running.values()) {
      reject(
        isMemory
          ? new StoreError(429, 'circuit_breaking_exception', `the search needs more than ${MAX_HEAP_MB} MB`)
          : new StoreError(503, 'search_phase_execution_exception', `the search thread failed: ${error.message}`),
      );
    }
    thread.running.clear();
    if (!this.#closed) this.#dispatch();
  }

  async #end(thread: Thread): Promise<void> {
    this.#lost(thread, new Error('the search thread was stopped'));
    await thread.worker.terminate();
  }
}
