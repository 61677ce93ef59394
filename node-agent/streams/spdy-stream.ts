import { Duplex } from 'node:stream';
import type { SpdyHeaders } from './spdy-headers.ts';

/** What a stream needs of its connection. */
export interface SpdyWire {
  /** `done` is called when the transport took the bytes, which is what makes a slow client slow the writer. */
  sendData(streamId: number, data: Buffer, fin: boolean, done: (error?: Error | null) => void): void;
  sendReset(streamId: number): void;
  forget(streamId: number): void;
}

/** Unread bytes of one stream beyond which its connection is not read any further. */
const MAX_UNREAD_BYTES = 256 * 1024;

/**
 * One stream of a SPDY connection. Writing and ending one side leaves the other open. Go's peers neither send nor honour window updates, so what bounds
 * memory is the transport's own flow control: `accepted` resolves only when the reader keeps up.
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  readonly #wire: SpdyWire;
  #wakeConnection: (() => void) | undefined;
  #remoteEnded = false;

  constructor(id: number, headers: SpdyHeaders, wire: SpdyWire) {
    super({ allowHalfOpen: true, readableHighWaterMark: MAX_UNREAD_BYTES, autoDestroy: true });
    this.id = id;
    this.headers = headers;
    this.#wire = wire;
  }

  /** Takes data from the wire; resolves when more may come. */
  accepted(data: Buffer, fin: boolean): Promise<void> {
    if (this.destroyed || this.#remoteEnded) return Promise.resolve();
    const more = data.length === 0 || this.push(data);
    if (fin) {
      this.#remoteEnded = true;
      this.push(null);
      return Promise.resolve();
    }
    if (more) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wakeConnection = resolve;
    });
  }

  override _read(): void {
    this.#wake();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#wire.sendData(this.id, chunk, false, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#wire.sendData(this.id, Buffer.alloc(0), true, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.writableFinished) this.#wire.sendReset(this.id);
    this.#wire.forget(this.id);
    this.#wake();
    done(error);
  }

  #wake(): void {
    const wake = this.#wakeConnection;
    this.#wakeConnection = undefined;
    wake?.();
  }
}
