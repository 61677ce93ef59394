/** A block is split at this size: moving half of it is what an insertion costs at most. */
const MAX_BLOCK = 512;

/** Distinct strings in order, in blocks, so that one more costs the same among a hundred and among a hundred thousand. */
export class SortedKeys {
  /** Never empty blocks, in order. */
  #blocks: string[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Takes many at once, in any order. */
  load(keys: Iterable<string>): void {
    const sorted = [...keys].sort();
    this.#size = sorted.length;
    this.#blocks = [];
    for (let at = 0; at < sorted.length; at += MAX_BLOCK / 2) this.#blocks.push(sorted.slice(at, at + MAX_BLOCK / 2));
  }

  add(key: string): void {
    const index = this.#blockOf(key);
    const block = this.#blocks[index];
    if (!block) {
      this.#blocks.push([key]);
      this.#size++;
      return;
    }
    const at = lowerBound(block, key);
    if (block[at] === key) return;
    block.splice(at, 0, key);
    this.#size++;
    if (block.length > MAX_BLOCK) this.#blocks.splice(index + 1, 0, block.splice(MAX_BLOCK / 2));
  }

  delete(key: string): void {
    const index = this.#blockOf(key);
    const block = this.#blocks[index];
    if (!block) return;
    const at = lowerBound(block, key);
    if (block[at] !== key) return;
    block.splice(at, 1);
    this.#size--;
    if (block.length === 0) this.#blocks.splice(index, 1);
  }

  /** Keys that begin with `prefix`, in order. */
  withPrefix(prefix: string): readonly string[] {
    if (prefix === '') return this.#blocks.flat();
    const found: string[] = [];
    for (let index = this.#blockOf(prefix); index < this.#blocks.length; index++) {
      const block = this.#blocks[index] ?? [];
      for (let at = lowerBound(block, prefix); at < block.length; at++) {
        const key = block[at] ?? '';
        if (!key.startsWith(prefix)) return found;
        found.push(key);
      }
    }
    return found;
  }

  /** The last block that begins at or before the key: where it is, or belongs. */
  #blockOf(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#blocks[middle]?.[0] ?? '') <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
