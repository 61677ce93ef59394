import { basename, dirname } from 'node:path';
import type { Clock } from '../../../lib/clock.ts';
import { FolderWatches, type LogSubscription } from '../folder-watches.ts';
import type { HeldLog } from './held-file.ts';
import type { LogHolder } from './log-holder.ts';
import { BusyLog } from './busy-log.ts';

/** A look at every log, in case that the system did not tell of a change. */
const LOOK_AT_ALL_MS = 1_000;
/** More changes than this in a window, and asking is cheaper than being told of each. */
const BUSY_CHANGES = 20;
const BUSY_WINDOW_MS = 100;
/** Timers are not finer than this; shorter waits stop the thread instead. */
const FINEST_TIMER_MS = 2;

interface Followed {
  readonly log: HeldLog;
  subscription: LogSubscription | undefined;
  busy: BusyLog | undefined;
  changes: number;
  windowMs: number;
}

/**
 * Decides when logs are looked at. A log that is written now and then is looked at when the system tells of a rotation. Of a log that is written fast the system
 * tells of every write, so it is asked instead, several times in the period in which a file of it fills.
 */
export class HoldLoop {
  readonly #holder: LogHolder;
  readonly #clock: Clock;
  readonly #followed = new Map<string, Followed>();
  readonly #busy = new Set<Followed>();
  readonly #watches = new FolderWatches();
  readonly #sleeper = new Int32Array(new SharedArrayBuffer(4));
  #cancelTick: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;

  constructor(holder: LogHolder, clock: Clock) {
    this.#holder = holder;
    this.#clock = clock;
  }

  follow(log: HeldLog): void {
    const followed: Followed = { log, subscription: undefined, busy: undefined, changes: 0, windowMs: 0 };
    this.#followed.set(log.id, followed);
    // Watched before it is looked at, so that nothing happens between the two.
    this.#watch(followed);
    this.#holder.add(log);
    this.#cancelLook ??= this.#clock.after(LOOK_AT_ALL_MS, () => this.#lookAtAll());
  }

  async remove(id: string): Promise<void> {
    const followed = this.#followed.get(id);
    if (!followed) return;
    this.#followed.delete(id);
    this.#busy.delete(followed);
    followed.subscription?.close();
    await this.#holder.remove(id);
  }

  stop(): void {
    this.#cancelLook?.();
    this.#cancelTick?.();
    this.#busy.clear();
    this.#watches.close();
  }

  #watch(followed: Followed): void {
    const { path } = followed.log;
    followed.subscription = this.#watches.subscribe(dirname(path), basename(path), (renamed) =>
      this.#changed(followed, renamed),
    );
  }

  #changed(followed: Followed, renamed: boolean): void {
    if (renamed) this.#holder.look(followed.log.id);
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - followed.windowMs > BUSY_WINDOW_MS) {
      followed.windowMs = nowMs;
      followed.changes = 0;
    }
    if (++followed.changes <= BUSY_CHANGES || followed.busy) return;
    followed.subscription?.close();
    followed.subscription = undefined;
    followed.busy = new BusyLog(nowMs);
    this.#busy.add(followed);
    this.#cancelTick?.();
    this.#tick();
  }

  /** Asks the busy logs that are due, and waits for the next. */
  #tick(): void {
    const nowMs = this.#clock.monotonicMs();
    let dueMs = Infinity;
    for (const followed of this.#busy) {
      const { busy } = followed;
      if (!busy) continue;
      if (busy.dueMs <= nowMs) this.#ask(followed, busy);
      if (busy.isQuiet(nowMs)) this.#calm(followed);
      else dueMs = Math.min(dueMs, busy.dueMs);
    }
    if (this.#busy.size === 0) return;
    const waitMs = dueMs - this.#clock.monotonicMs();
    if (waitMs > FINEST_TIMER_MS) {
      this.#cancelTick = this.#clock.after(waitMs, () => this.#tick());
      return;
    }
    if (waitMs > 0) Atomics.wait(this.#sleeper, 0, 0, waitMs);
    const immediate = setImmediate(() => this.#tick());
    this.#cancelTick = () => clearImmediate(immediate);
  }

  #ask({ log }: Followed, busy: BusyLog): void {
    const probe = this.#holder.probe(log.id);
    busy.observed(this.#clock.monotonicMs(), probe?.sizeBytes ?? 0, probe?.rotated ?? false);
  }

  /** Back to being told. */
  #calm(followed: Followed): void {
    this.#busy.delete(followed);
    followed.busy = undefined;
    this.#watch(followed);
    this.#holder.look(followed.log.id);
  }

  #lookAtAll(): void {
    for (const followed of this.#followed.values()) {
      if (!followed.busy && !followed.subscription?.works) {
        followed.subscription?.close();
        this.#watch(followed);
      }
      this.#holder.probe(followed.log.id);
    }
    this.#cancelLook = this.#clock.after(LOOK_AT_ALL_MS, () => this.#lookAtAll());
  }
}
