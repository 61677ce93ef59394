/** The last `capacity` items, in the order they came. */
export class Ring<T> {
  readonly #capacity: number;
  #items: T[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get last(): T | undefined {
    return this.#items.at(-1);
  }

  /** Oldest first. The array is the reader's own. */
  toArray(): T[] {
    return this.#items.slice(-this.#capacity);
  }

  push(item: T): void {
    this.#items.push(item);
    // Cut in bulk, so that a push costs no shift of the whole array.
    if (this.#items.length >= this.#capacity * 2) this.#items = this.#items.slice(-this.#capacity);
  }
}

/** At most `capacity` entries by key; beyond that the one that was least recently written leaves. */
export class BoundedMap<V> {
  readonly #capacity: number;
  readonly #entries = new Map<string, V>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#capacity) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  /** The present value, or a new one; either counts as written now. */
  touch(key: string, make: () => V): V {
    const value = this.#entries.get(key) ?? make();
    this.set(key, value);
    return value;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  entries(): IterableIterator<[string, V]> {
    return this.#entries.entries();
  }
}
