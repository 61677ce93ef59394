import type { LogLine } from './log-line.ts';

/** Containers whose last lines are remembered; of more, the oldest are forgotten. */
const MAX_CONTAINERS = 1000;

interface Neighbourhood {
  /** The last lines that were not shown, oldest first. */
  before: LogLine[];
  /** So many lines behind the last match are still to be shown. */
  left: number;
}

/**
 * Chooses lines and `count` neighbours of each from the same container. Lines are handed over in the order of each container; with `count` 0 it is the filter alone.
 */
export class ContextWindow {
  readonly #keep: (line: LogLine) => boolean;
  readonly #count: number;
  readonly #containers = new Map<string, Neighbourhood>();

  constructor(keep: (line: LogLine) => boolean, count: number) {
    this.#keep = keep;
    this.#count = count;
  }

  /** What is shown because of this line: nothing, itself, or itself after the lines before it. */
  push(line: LogLine): readonly { readonly line: LogLine; readonly isContext: boolean }[] {
    const isMatch = this.#keep(line);
    if (this.#count === 0) return isMatch ? [{ line, isContext: false }] : [];
    const near = this.#near(line.containerId);
    if (isMatch) {
      const before = near.before.map((one) => ({ line: one, isContext: true }));
      near.before = [];
      near.left = this.#count;
      return [...before, { line, isContext: false }];
    }
    if (near.left > 0) {
      near.left--;
      return [{ line, isContext: true }];
    }
    near.before.push(line);
    if (near.before.length > this.#count) near.before.shift();
    return [];
  }

  #near(containerId: string): Neighbourhood {
    const known = this.#containers.get(containerId);
    if (known) return known;
    if (this.#containers.size >= MAX_CONTAINERS) {
      const oldest = this.#containers.keys().next();
      if (!oldest.done) this.#containers.delete(oldest.value);
    }
    const near = { before: [], left: 0 };
    this.#containers.set(containerId, near);
    return near;
  }
}

/** The lines of a history to be shown, in the history's order although neighbours are chosen later than they stand. */
export function chooseLines(
  lines: readonly LogLine[],
  window: ContextWindow,
): { readonly line: LogLine; readonly isContext: boolean }[] {
  const chosen = new Map<LogLine, boolean>();
  for (const line of lines) for (const one of window.push(line)) chosen.set(one.line, one.isContext);
  return lines.flatMap((line) => {
    const isContext = chosen.get(line);
    return isContext === undefined ? [] : [{ line, isContext }];
  });
}
