/** Objects by the values that a function finds in them. Values are kept in the order in which objects came. */
export class Index<T> {
  readonly #valuesOf: (object: T) => readonly string[];
  readonly #objects = new Map<string, Set<T>>();

  constructor(valuesOf: (object: T) => readonly string[]) {
    this.#valuesOf = valuesOf;
  }

  get(value: string): readonly T[] {
    return [...(this.#objects.get(value) ?? [])];
  }

  /** `old` leaves and `object` comes in; either may be absent. */
  replace(old: T | undefined, object: T | undefined): void {
    if (old !== undefined) {
      for (const value of this.#valuesOf(old)) {
        const set = this.#objects.get(value);
        set?.delete(old);
        if (set?.size === 0) this.#objects.delete(value);
      }
    }
    if (object === undefined) return;
    for (const value of this.#valuesOf(object)) {
      const set = this.#objects.get(value);
      if (set) set.add(object);
      else this.#objects.set(value, new Set([object]));
    }
  }
}
