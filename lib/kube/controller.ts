import type { Clock } from '../clock.ts';
import type { Component } from '../component.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { WorkQueue } from '../work-queue.ts';
import { isConflict } from './client.ts';

/** From this many failures in a row on, each is a warning; before, they are what optimistic concurrency looks like. */
const WARN_AFTER_FAILURES = 5;

/**
 * How much a worker does before everybody else has a turn of the event loop. On a store in memory nothing that a key asks for leaves the loop's microtasks, so that one
 * that enqueues itself again by what it writes would else keep timers and requests waiting for ever. The time matters when keys are slow, the number when clocks stand.
 */
const TURN_MS = 10;
const TURN_KEYS = 256;

/** What a controller waits for before it works: an informer, for instance. */
export interface Synced {
  whenSynced(signal: AbortSignal): Promise<void>;
}

/** Resolve with `requeueAfterMs` to see the key again then, changed or not. */
export type Reconcile = (
  key: string,
  signal: AbortSignal,
) => Promise<void | { readonly requeueAfterMs?: number | undefined }>;

export interface ControllerOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Brings the world nearer to what the object with that key asks for. Called with a key only once at a time, again after each change that was enqueued meanwhile,
   * and again with back-off when it throws. It looks at the present state (level-triggered) and copes with the object being gone.
   */
  readonly reconcile: Reconcile;
  /** Caches that must be filled before the first key is worked. */
  readonly waitFor?: readonly Synced[] | undefined;
  /** How many keys are worked at a time; 1 when absent. */
  readonly workers?: number | undefined;
  readonly maxRetryDelayMs?: number | undefined;
  readonly observer?: QueueObserver | undefined;
}

/** Is told what a queue does, to count it. Must not throw. */
export interface QueueObserver {
  /** Once, before anything else: `depth` may be asked at any time. */
  observe(queue: string, depth: () => number): void;
  added(queue: string): void;
  worked(queue: string, seconds: number, failed: boolean): void;
}

/** A work queue and the workers that empty it. `start` resolves at once; work begins when the caches are filled. */
export class Controller implements Component {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#queue = new WorkQueue({ clock: options.clock, maxDelayMs: options.maxRetryDelayMs });
    options.observer?.observe(options.name, () => this.#queue.length);
  }

  get queueLength(): number {
    return this.#queue.length;
  }

  enqueue(key: string): void {
    this.#options.observer?.added(this.name);
    this.#queue.add(key);
  }

  enqueueAfter(key: string, delayMs: number): void {
    this.#queue.addAfter(key, delayMs);
  }

  start(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#run(AbortSignal.any([signal, this.#stop.signal]));
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error(`${this.name} stopped`));
    this.#queue.shutDown();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      for (const cache of this.#options.waitFor ?? []) await cache.whenSynced(signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    await Promise.all(Array.from({ length: this.#options.workers ?? 1 }, () => this.#work(signal)));
  }

  async #work(signal: AbortSignal): Promise<void> {
    let keys = 0;
    let busyMs = 0;
    while (!signal.aborted) {
      let key: string | undefined;
      try {
        key = await this.#queue.take(signal);
      } catch {
        return;
      }
      if (key === undefined) return;
      busyMs += await this.#reconcile(key, signal);
      this.#queue.done(key);
      if (++keys < TURN_KEYS && busyMs < TURN_MS) continue;
      keys = 0;
      busyMs = 0;
      await othersTurn();
    }
  }

  /** Resolves with how long it took, in milliseconds. */
  async #reconcile(key: string, signal: AbortSignal): Promise<number> {
    const { clock, observer } = this.#options;
    const startedMs = clock.monotonicMs();
    const failed = !(await this.#tryReconcile(key, signal));
    const tookMs = clock.monotonicMs() - startedMs;
    observer?.worked(this.name, tookMs / 1000, failed);
    return tookMs;
  }

  async #tryReconcile(key: string, signal: AbortSignal): Promise<boolean> {
    try {
      const result = await this.#options.reconcile(key, signal);
      this.#queue.forget(key);
      if (result?.requeueAfterMs !== undefined) this.#queue.addAfter(key, result.requeueAfterMs);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const delayMs = this.#queue.addRateLimited(key);
      const failures = this.#queue.failuresOf(key);
      const level = failures >= WARN_AFTER_FAILURES && !isConflict(error) ? 'warn' : 'debug';
      this.#options.log[level](
        { controller: this.name, key, failures, delayMs, error: messageOf(error) },
        'reconcile failed',
      );
      return false;
    }
  }
}

function othersTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
