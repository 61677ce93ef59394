/** Distinct strings in order. Made for keys that come mostly one at a time. */
export class SortedKeys {
  readonly #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  /** Takes many at once, in any order. */
  load(keys: Iterable<string>): void {
    this.#keys.length = 0;
    for (const key of keys) this.#keys.push(key);
    this.#keys.sort();
  }

  add(key: string): void {
    const last = this.#keys.at(-1);
    if (last === undefined || last < key) {
      this.#keys.push(key);
      return;
    }
    const at = this.#lowerBound(key);
    if (this.#keys[at] !== key) this.#keys.splice(at, 0, key);
  }

  delete(key: string): void {
    const at = this.#lowerBound(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  /** Keys that begin with `prefix`, in order. */
  withPrefix(prefix: string): readonly string[] {
    if (prefix === '') return this.#keys;
    const from = this.#lowerBound(prefix);
    return this.#keys.slice(from, this.#lowerBound(`${prefix}\u{FFFF}`));
  }

  #lowerBound(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] ?? '') < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
