import { messageOf } from '../../../lib/errors.ts';
import type { Batch } from '../../buffer/batch.ts';
import { backOffMs } from '../delivery/back-off.ts';
import { OutputHealth } from '../delivery/output-health.ts';
import type { BatchOutcome, Sink, SinkDeps } from '../sink.ts';
import { encodeLines } from './encode.ts';
import { writerTo, type WriteAll } from './request.ts';
import { mayRecover } from './retry.ts';

const STDOUT = 1;
const taken: BatchOutcome = { duplicates: 0, refused: [], rejected: 0, deadLettersLost: 0, retries: undefined };

/** Writes documents to standard output, one batch after the other, so that lines keep their order. */
export class StdoutSink implements Sink {
  readonly #deps: SinkDeps;
  readonly #health: OutputHealth;
  readonly #write: WriteAll;
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: SinkDeps, fd = STDOUT) {
    this.#deps = deps;
    this.#health = new OutputHealth(deps.log);
    this.#write = writerTo(fd);
  }

  get lastError(): string | undefined {
    return this.#health.lastError;
  }

  send(batch: Batch, signal: AbortSignal): Promise<BatchOutcome> {
    const turn = this.#last.then(
      () => this.#writeBatch(batch, signal),
      () => this.#writeBatch(batch, signal),
    );
    this.#last = turn;
    return turn;
  }

  close(): void {
    // The descriptor is the process's own.
  }

  async #writeBatch(batch: Batch, signal: AbortSignal): Promise<BatchOutcome> {
    const { clock, random, outputEnded } = this.#deps;
    const bytes = encodeLines(batch, undefined);
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      try {
        await abortable(this.#write(bytes), signal);
        this.#health.succeeded();
        return taken;
      } catch (error) {
        signal.throwIfAborted();
        this.#health.failed(`standard output: ${messageOf(error)}`);
        if (!mayRecover(error)) {
          outputEnded(messageOf(error));
          await abortable(never(), signal);
        }
        await clock.sleep(backOffMs(attempt, random(), undefined), signal);
      }
    }
  }
}

/** Like `promise`, but rejects as soon as `signal` aborts. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
