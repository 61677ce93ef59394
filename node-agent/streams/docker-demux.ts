import { Writable } from 'node:stream';
import { callbackify } from 'node:util';

const HEAD_BYTES = 8;

/**
 * Splits the engine's multiplexed output (a head of stream number and 32-bit length before each part) onto standard output and standard error. Waits for
 * whichever is written to, so that a slow client slows the container. A destination that is missing or closed swallows its part.
 */
export class DockerDemux extends Writable {
  readonly #stdout: Writable | undefined;
  readonly #stderr: Writable | undefined;
  #head: Buffer = Buffer.alloc(0);
  #target: Writable | undefined;
  #leftBytes = 0;

  constructor(stdout: Writable | undefined, stderr: Writable | undefined) {
    super();
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    callbackify(() => this.#deliver(chunk))(done);
  }

  async #deliver(chunk: Buffer): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#leftBytes === 0) {
        const missing = HEAD_BYTES - this.#head.length;
        this.#head = Buffer.concat([this.#head, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (this.#head.length < HEAD_BYTES) return;
        this.#target = this.#head[0] === 2 ? this.#stderr : this.#stdout;
        this.#leftBytes = this.#head.readUInt32BE(4);
        this.#head = Buffer.alloc(0);
        continue;
      }
      const part = rest.subarray(0, this.#leftBytes);
      rest = rest.subarray(part.length);
      this.#leftBytes -= part.length;
      if (this.#target) await written(this.#target, part);
    }
  }
}

/** Resolves when `target` took the bytes; at once when it is closed. */
export function written(target: Writable, part: Buffer): Promise<void> {
  if (!target.writable) return Promise.resolve();
  return new Promise((resolve) => target.write(part, () => resolve()));
}
