import type { DocView } from '../query/doc-view.ts';
import { compareSortKeys, type SortField, type SortKey } from './sort.ts';

export interface TopHit {
  readonly doc: DocView;
  readonly keys: readonly SortKey[];
}

/** The best `size` documents seen so far: a binary heap with the worst at its top. */
export class TopHits {
  readonly #size: number;
  readonly #fields: readonly SortField[];
  readonly #heap: TopHit[] = [];

  constructor(size: number, fields: readonly SortField[]) {
    this.#size = size;
    this.#fields = fields;
  }

  get full(): boolean {
    return this.#heap.length >= this.#size;
  }

  /** The one that the next better document replaces. */
  get worst(): TopHit | undefined {
    return this.full ? this.#heap[0] : undefined;
  }

  /** Takes a document when it is better than the worst. It is kept by itself, so that the view may go on to other rows. */
  offer(doc: DocView, keys: readonly SortKey[]): void {
    if (this.#size === 0) return;
    const worst = this.worst;
    if (worst && this.#compare({ doc, keys }, worst) >= 0) return;
    const kept = doc.detached();
    const hit = { doc: kept, keys: keys.map((key) => (key === doc ? kept : key)) };
    if (!worst) {
      this.#heap.push(hit);
      this.#up(this.#heap.length - 1);
    } else {
      this.#heap[0] = hit;
      this.#down(0);
    }
  }

  /** Best first. */
  sorted(): TopHit[] {
    return [...this.#heap].sort((a, b) => this.#compare(a, b));
  }

  #compare(a: TopHit, b: TopHit): number {
    return (
      compareSortKeys(a.keys, b.keys, this.#fields) ||
      (a.doc.index < b.doc.index ? -1 : a.doc.index > b.doc.index ? 1 : 0)
    );
  }

  #up(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfWorse(at, parent)) return;
      at = parent;
    }
  }

  #down(start: number): void {
    let at = start;
    for (;;) {
      const left = at * 2 + 1;
      const right = left + 1;
      const child = right < this.#heap.length && this.#isWorse(right, left) ? right : left;
      if (child >= this.#heap.length || !this.#swapIfWorse(child, at)) return;
      at = child;
    }
  }

  #isWorse(a: number, b: number): boolean {
    const x = this.#heap[a];
    const y = this.#heap[b];
    return x !== undefined && y !== undefined && this.#compare(x, y) > 0;
  }

  #swapIfWorse(child: number, parent: number): boolean {
    const x = this.#heap[child];
    const y = this.#heap[parent];
    if (!x || !y || this.#compare(x, y) <= 0) return false;
    this.#heap[child] = y;
    this.#heap[parent] = x;
    return true;
  }
}
