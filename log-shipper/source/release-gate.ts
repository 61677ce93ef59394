interface Passed {
  readonly outputs: Set<string>;
  released: boolean;
}

/**
 * Several outputs read the same files, each at its own pace. What they share (a container's end mark, a spool file, a held file) is released when every required
 * output has acknowledged it; outputs that are not required never keep anything. What was passed is not kept over a restart: each output passes again what its
 * checkpoint says it has.
 */
export class ReleaseGate {
  readonly #required: ReadonlySet<string>;
  readonly #passed = new Map<string, Passed>();

  constructor(required: Iterable<string>) {
    this.#required = new Set(required);
  }

  /** Whether things wait for this output. */
  waitsFor(output: string): boolean {
    return this.#required.has(output);
  }

  /**
   * `output` has acknowledged everything of `key`. Runs `release` once, with the last required output; true when it has run. May be called again: what `release`
   * throws is thrown, and the next call tries again.
   */
  pass(output: string, key: string, release: () => void): boolean {
    if (!this.#required.has(output)) return this.#passed.get(key)?.released ?? false;
    const passed = this.#passed.get(key) ?? { outputs: new Set<string>(), released: false };
    this.#passed.set(key, passed);
    passed.outputs.add(output);
    if (!passed.released && passed.outputs.size === this.#required.size) {
      release();
      passed.released = true;
    }
    return passed.released;
  }

  /** The thing is gone. */
  forget(key: string): void {
    this.#passed.delete(key);
  }
}
