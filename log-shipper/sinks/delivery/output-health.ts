import type { Logger } from '../../../lib/log.ts';

/** Whether an output takes documents, said in the log when it changes. */
export class OutputHealth {
  readonly #log: Logger;
  #lastError: string | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Why the last attempt failed; `undefined` when it did not. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  failed(reason: string): void {
    if (this.#lastError === undefined) this.#log.warn({ reason }, 'output does not take documents, will try again');
    this.#lastError = reason;
  }

  succeeded(): void {
    if (this.#lastError !== undefined) this.#log.info('output takes documents again');
    this.#lastError = undefined;
  }
}
