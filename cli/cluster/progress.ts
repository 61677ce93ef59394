/** The steps of `kctl up` as they are done: a line each, with what came of it and how long it took. */
export class Progress {
  readonly #out: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly #monotonicMs: () => number;
  readonly #startedAtMs: number;

  constructor(out: NodeJS.WritableStream & { readonly isTTY?: boolean }, monotonicMs: () => number) {
    this.#out = out;
    this.#monotonicMs = monotonicMs;
    this.#startedAtMs = monotonicMs();
  }

  get elapsedMs(): number {
    return this.#monotonicMs() - this.#startedAtMs;
  }

  /** Runs one step; on a terminal its name is shown while it runs. */
  async step<T>(name: string, work: () => Promise<{ readonly detail: string; readonly value: T }>): Promise<T> {
    const startedAtMs = this.#monotonicMs();
    if (this.#out.isTTY) this.#out.write(`  · ${name}\r`);
    try {
      const { detail, value } = await work();
      this.#line(this.#green('✓'), name, detail, this.#monotonicMs() - startedAtMs);
      return value;
    } catch (error) {
      this.#line(this.#red('✗'), name, 'failed', this.#monotonicMs() - startedAtMs);
      throw error;
    }
  }

  line(text: string): void {
    this.#out.write(`${text}\n`);
  }

  #line(mark: string, name: string, detail: string, tookMs: number): void {
    this.#out.write(`${this.#out.isTTY ? '\u001b[K' : ''} ${mark} ${stepLine(name, detail, tookMs)}\n`);
  }

  #green(text: string): string {
    return this.#out.isTTY ? `\u001b[32m${text}\u001b[0m` : text;
  }

  #red(text: string): string {
    return this.#out.isTTY ? `\u001b[31m${text}\u001b[0m` : text;
  }
}

/** `engine         Docker 20.10       0.1 s`, columns aligned for details of up to 52 characters. */
export function stepLine(name: string, detail: string, tookMs: number): string {
  return `${name.padEnd(14)} ${detail.padEnd(52)} ${(tookMs / 1000).toFixed(1).padStart(5)} s`;
}
