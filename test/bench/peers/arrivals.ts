import type { ArrivedLine } from './numbered-lines.ts';

/** Which of the lines numbered from 0 a store would have, and in how many documents: with `create`, an id is stored once, whatever line comes with it. */
export class Arrivals {
  readonly #count: number;
  readonly #stored = new Set<number>();
  readonly #ids = new Set<string>();
  #documents = 0;

  constructor(count: number) {
    this.#count = count;
  }

  take({ number, id }: ArrivedLine): void {
    if (number >= this.#count) return;
    if (id !== undefined) {
      if (this.#ids.has(id)) return;
      this.#ids.add(id);
    }
    this.#documents++;
    this.#stored.add(number);
  }

  get missing(): number {
    return this.#count - this.#stored.size;
  }

  /** Documents beyond the first of their line. */
  get doubled(): number {
    return this.#documents - this.#stored.size;
  }
}
