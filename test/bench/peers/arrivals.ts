import type { ArrivedLine } from './numbered-lines.ts';

/** Which of the lines numbered from 0 came, and how many documents they would be in a store. */
export class Arrivals {
  readonly #count: number;
  /** Under which id a line came first; empty when it had none. */
  readonly #first = new Map<number, string>();
  readonly #others = new Set<string>();
  #withoutId = 0;

  constructor(count: number) {
    this.#count = count;
  }

  take({ number, id }: ArrivedLine): void {
    if (number >= this.#count) return;
    const first = this.#first.get(number);
    if (first === undefined) this.#first.set(number, id ?? '');
    else if (id === undefined) this.#withoutId++;
    else if (id !== first) this.#others.add(`${number} ${id}`);
  }

  get missing(): number {
    return this.#count - this.#first.size;
  }

  /** Documents beyond the first of their line. */
  get doubled(): number {
    return this.#others.size + this.#withoutId;
  }
}
