/** Volumes that still show what they did before the API went away are looked at again after this long. */
const RETRY_MS = 5_000;

/** Whether a pod's volumes can be used, and whether they show what they should. */
export class VolumeState {
  #isReady = false;
  #isStale = false;
  #retryAtMs = 0;

  /** True once the volumes hold something that containers can run with. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Something that a volume shows has changed. */
  markStale(): void {
    this.#isStale = true;
    this.#retryAtMs = 0;
  }

  /** They are being brought up to date: what changes from now on counts as a new change. */
  begun(): void {
    this.#isStale = false;
  }

  /** `areFresh`: they show what the API has; else what it had. */
  prepared(areFresh: boolean, nowMs: number): void {
    this.#isReady = true;
    if (areFresh) return;
    this.#isStale = true;
    this.#retryAtMs = nowMs + RETRY_MS;
  }

  failed(): void {
    this.#isStale = true;
  }

  /** True when ready volumes are to be brought up to date now. `renewAtMs`: when a token in them wants renewal. */
  isDue(renewAtMs: number | undefined, nowMs: number): boolean {
    if (!this.#isReady) return false;
    return (this.#isStale && this.#retryAtMs <= nowMs) || (renewAtMs !== undefined && renewAtMs <= nowMs);
  }

  /** When `isDue` may turn true by itself. */
  nextMs(renewAtMs: number | undefined, nowMs: number): number | undefined {
    const times = [renewAtMs, this.#isStale ? this.#retryAtMs : undefined].filter(
      (time) => time !== undefined && time > nowMs,
    );
    return times.length === 0 ? undefined : Math.min(...(times as number[]));
  }
}
