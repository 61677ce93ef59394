/** What was found when everything was read back, counted by the numbers in the lines. */
export interface LossCount {
  readonly expected: number;
  readonly missing: number;
  /** Lines stored under more than one id. */
  readonly twice: number;
  /** Documents that are not one whole line: a piece of one, or several in one. */
  readonly split: number;
  /** Lines that stand behind a later one of the same writer and stream. */
  readonly misordered: number;
}

/** How many lines a writer wrote: exactly, or at least so many and perhaps one more that it was killed before it could count. */
export interface Written {
  readonly lines: number;
  readonly maybeOneMore?: boolean;
  /** Of these lines, the ones that reached the engine, when it was killed too: its two streams do not end at the same number. */
  readonly only?: ReadonlySet<number>;
}

const WHOLE_LINE = /^seq w(\d+) n(\d+) (?:[^]* )?end$/;

/** The line that a writer writes: `seq w<writer> n<number> <payload> end`. */
export function numberedLine(writer: number, n: number, payload = ''): string {
  return `seq w${writer} n${n} ${payload === '' ? '' : `${payload} `}end`;
}

/** Counts lines as they are read back, for each container in the order in which its readers get them. */
export class LossCounter {
  readonly #seen = new Map<number, Uint8Array>();
  readonly #last = new Map<string, number>();
  #split = 0;
  #misordered = 0;
  #twice = 0;

  add(message: string, stream: string): void {
    const match = WHOLE_LINE.exec(message);
    if (!match || message.indexOf('seq w', 1) > 0) {
      this.#split++;
      return;
    }
    const writer = Number(match[1]);
    const n = Number(match[2]);
    const seen = this.#seenOf(writer, n);
    if (seen[n] === 1) this.#twice++;
    seen[n] = 1;
    const key = `${writer} ${stream}`;
    if (n < (this.#last.get(key) ?? -1)) this.#misordered++;
    this.#last.set(key, n);
  }

  /** `written[w]` is what writer w wrote. A line that nobody wrote counts as split. */
  result(written: readonly Written[]): LossCount {
    let missing = 0;
    let unwritten = 0;
    let expected = 0;
    for (const [writer, { lines, maybeOneMore = false, only }] of written.entries()) {
      expected += only?.size ?? lines;
      const seen = this.#seen.get(writer) ?? new Uint8Array();
      for (let n = 0; n < lines; n++) if (seen[n] !== 1 && (only?.has(n) ?? true)) missing++;
      for (let n = lines + (maybeOneMore ? 1 : 0); n < seen.length; n++) unwritten += seen[n] ?? 0;
    }
    for (const writer of this.#seen.keys()) if (written[writer] === undefined) unwritten++;
    return {
      expected,
      missing,
      twice: this.#twice,
      split: this.#split + unwritten,
      misordered: this.#misordered,
    };
  }

  #seenOf(writer: number, n: number): Uint8Array {
    const known = this.#seen.get(writer);
    if (known && n < known.length) return known;
    const grown = new Uint8Array(Math.max(1024, 2 * (n + 1)));
    if (known) grown.set(known);
    this.#seen.set(writer, grown);
    return grown;
  }
}

/** Whether nothing was lost, doubled, split or put in another order. */
export function isClean(count: LossCount): boolean {
  return count.missing === 0 && count.twice === 0 && count.split === 0 && count.misordered === 0;
}
