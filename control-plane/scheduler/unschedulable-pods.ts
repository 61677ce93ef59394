import type { Clock } from '../../lib/clock.ts';

/** Changes of the cluster come in bursts; pods that wait are tried again once a burst, this long after its first change. */
const SETTLE_MS = 100;

/** Pods that fit nowhere, kept until something changes that might let them in. */
export class UnschedulablePods {
  readonly #clock: Clock;
  readonly #retry: (key: string) => void;
  readonly #keys = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, retry: (key: string) => void) {
    this.#clock = clock;
    this.#retry = retry;
  }

  get size(): number {
    return this.#keys.size;
  }

  add(key: string): void {
    this.#keys.add(key);
  }

  forget(key: string): void {
    this.#keys.delete(key);
  }

  /** Something changed: all of them are tried again soon. */
  wake(): void {
    if (this.#keys.size === 0 || this.#cancel) return;
    this.#cancel = this.#clock.after(SETTLE_MS, () => {
      this.#cancel = undefined;
      const keys = [...this.#keys];
      this.#keys.clear();
      for (const key of keys) this.#retry(key);
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#keys.clear();
  }
}
