import type { Clock } from '../clock.ts';
import type { ChangeHandler } from './informer.ts';
import { keyOf } from './object-key.ts';
import type { KubeObject } from './types.ts';

/**
 * How long an own write is believed when the informer never shows it. A watch shows every change, so this only matters when an object was made and removed
 * while the watch was broken.
 */
const BELIEVE_MS = 30_000;

/** The part of an informer that is needed here. */
interface Cache<T extends KubeObject> {
  get(key: string): T | undefined;
  onChange(handler: ChangeHandler<T>): () => void;
}

interface Write<T> {
  readonly object: T;
  readonly removed: boolean;
  readonly untilMs: number;
}

/**
 * What this process wrote and its informer has not shown yet, laid over the informer's answers. Without it a loop that looks at its cache right after
 * a write would see the world of before, and make a second pod.
 */
export class OwnWrites<T extends KubeObject> {
  readonly #clock: Clock;
  readonly #cache: Cache<T>;
  readonly #writes = new Map<string, Write<T>>();

  constructor(cache: Cache<T>, clock: Clock) {
    this.#clock = clock;
    this.#cache = cache;
    cache.onChange((type, object) => {
      const uid = uidOf(object);
      const write = this.#writes.get(uid);
      if (!write) return;
      const ended = type === 'DELETED' || (write.removed && object.metadata?.deletionTimestamp !== undefined);
      if (ended || (!write.removed && revisionOf(object) >= revisionOf(write.object))) this.#writes.delete(uid);
    });
  }

  /** Remembers what a create, update or patch answered. */
  wrote(object: T): void {
    const cached = this.#cache.get(keyOf(object));
    const seen = cached && uidOf(cached) === uidOf(object) && revisionOf(cached) >= revisionOf(object);
    if (!seen) this.#remember(object, false);
  }

  /** Remembers what a delete answered: the object marked for deletion, or as it was when it went. */
  deleted(object: T): void {
    // What is in neither place went before the answer came: remembering it would bring it back.
    if (!this.#isCached(object) && !this.#writes.has(uidOf(object))) return;
    if (object.metadata?.deletionTimestamp !== undefined) this.wrote(object);
    else this.#remember(object, true);
  }

  /** `cached` with own writes laid over; made objects that the cache does not have yet are added when they `belong`. */
  over(cached: readonly T[], belongs: (object: T) => boolean): T[] {
    if (this.#writes.size === 0) return [...cached];
    this.#expire();
    const result: T[] = [];
    const met = new Set<string>();
    for (const object of cached) {
      const write = this.#writes.get(uidOf(object));
      met.add(uidOf(object));
      if (!write) result.push(object);
      else if (!write.removed) result.push(revisionOf(object) > revisionOf(write.object) ? object : write.object);
    }
    for (const [uid, write] of this.#writes) {
      if (!write.removed && !met.has(uid) && belongs(write.object)) result.push(write.object);
    }
    return result;
  }

  /** The newest known state of one object of the cache. */
  latest(object: T): T {
    const write = this.#writes.get(uidOf(object));
    return write && !write.removed && revisionOf(write.object) > revisionOf(object) ? write.object : object;
  }

  #isCached(object: T): boolean {
    const cached = this.#cache.get(keyOf(object));
    return cached !== undefined && uidOf(cached) === uidOf(object);
  }

  #remember(object: T, removed: boolean): void {
    this.#writes.set(uidOf(object), { object, removed, untilMs: this.#clock.monotonicMs() + BELIEVE_MS });
  }

  #expire(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [uid, write] of this.#writes) if (write.untilMs <= nowMs) this.#writes.delete(uid);
  }
}

function uidOf(object: KubeObject): string {
  return object.metadata?.uid ?? '';
}

/** Revisions of this API increase, across all kinds. */
function revisionOf(object: KubeObject): number {
  return Number(object.metadata?.resourceVersion ?? 0);
}
