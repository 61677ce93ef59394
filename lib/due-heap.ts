/** Items ordered by the time they fall due: the earliest comes out first, ties in the order they went in. */
export class DueHeap<T> {
  readonly #entries: { readonly dueMs: number; readonly order: number; readonly item: T }[] = [];
  #order = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** When the earliest item falls due; `undefined` when empty. */
  get nextDueMs(): number | undefined {
    return this.#entries[0]?.dueMs;
  }

  push(dueMs: number, item: T): void {
    const entry = { dueMs, order: this.#order++, item };
    let at = this.#entries.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes out the earliest item if it is due at `nowMs`. */
  popDue(nowMs: number): { readonly dueMs: number; readonly item: T } | undefined {
    const first = this.#entries[0];
    if (!first || first.dueMs > nowMs) return undefined;
    const last = this.#entries.pop();
    if (last && last !== first) {
      this.#entries[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #sink(from: number): void {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      let least = at;
      if (left < this.#entries.length && this.#isBefore(left, least)) least = left;
      if (left + 1 < this.#entries.length && this.#isBefore(left + 1, least)) least = left + 1;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const left = this.#entries[a];
    const right = this.#entries[b];
    if (!left || !right) return false;
    return left.dueMs < right.dueMs || (left.dueMs === right.dueMs && left.order < right.order);
  }

  #swap(a: number, b: number): void {
    const left = this.#entries[a];
    const right = this.#entries[b];
    if (!left || !right) return;
    this.#entries[a] = right;
    this.#entries[b] = left;
  }
}
