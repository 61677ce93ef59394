import type { ServerResponse } from 'node:http';

/** So much is handed to the socket ahead of what the client has taken. */
const MAX_AHEAD_BYTES = 512 * 1024;
/** What may wait behind that for one slow client; it is held in memory for him alone. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const MAX_WAITING_LINES = 16_384;

interface Waiting {
  readonly line: () => Buffer;
  readonly heldBytes: number;
}

/**
 * Writes lines as fast as the client takes them. Lines are made when their turn comes, so that what waits costs little. What was there when the stream was
 * opened may be any amount; of what comes after, only so much waits: then `onTooSlow` is called, once, and nothing more is taken in.
 */
export class PacedStream {
  readonly #raw: ServerResponse;
  readonly #onTooSlow: () => void;
  #waiting: Waiting[] = [];
  /** Lines at the head of the array that were written already. */
  #written = 0;
  #heldBytes = 0;
  #initialLines = 0;
  #isOpen = false;
  #isOver = false;

  constructor(raw: ServerResponse, onTooSlow: () => void) {
    this.#raw = raw;
    this.#onTooSlow = onTooSlow;
  }

  /** `heldBytes`: what is kept in memory for this line while it waits. */
  push(line: () => Buffer, heldBytes: number): void {
    if (this.#isOver) return;
    if (!this.#isOpen) this.#initialLines++;
    else {
      this.#heldBytes += heldBytes;
      const lines = this.#waiting.length - this.#written - this.#initialLines;
      if (this.#heldBytes > MAX_WAITING_BYTES || lines > MAX_WAITING_LINES) {
        this.#isOver = true;
        this.#onTooSlow();
        return;
      }
    }
    this.#waiting.push({ line, heldBytes: this.#isOpen ? heldBytes : 0 });
    this.#flush();
  }

  /** The head of the answer is out: begins to write. */
  open(): void {
    this.#isOpen = true;
    this.#raw.on('drain', () => this.#flush());
    this.#flush();
  }

  /** Ends the answer behind what was handed to the socket; what still waits is dropped, for the client continues where it was cut. */
  end(): void {
    this.#isOver = true;
    this.#waiting = [];
    if (this.#isOpen) this.#raw.end();
  }

  #flush(): void {
    if (!this.#isOpen || this.#isOver) return;
    while (this.#written < this.#waiting.length && this.#raw.writableLength < MAX_AHEAD_BYTES) {
      const next = this.#waiting[this.#written++];
      if (!next || this.#raw.writableEnded || this.#raw.destroyed) return;
      if (this.#initialLines > 0) this.#initialLines--;
      this.#heldBytes -= next.heldBytes;
      this.#raw.write(next.line());
    }
    // Cut when it is empty, or in large pieces.
    if (this.#written > 1024 || this.#written === this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#written);
      this.#written = 0;
    }
  }
}
