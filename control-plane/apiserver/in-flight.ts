import { tooManyRequests } from '../../lib/kube/status-errors.ts';

/** Requests that are worked at a time, apart from watches and streams; upstream's figures. */
const MAX_READING = 400;
const MAX_WRITING = 200;
const RETRY_AFTER_SECONDS = 1;

/** Counts what is being worked, reads and writes apart, and refuses what is too much. */
export class InFlight {
  #reading = 0;
  #writing = 0;

  get reading(): number {
    return this.#reading;
  }

  get writing(): number {
    return this.#writing;
  }

  /** Throws 429 when there is no room. Call what it returns when the request has ended. */
  enter(isWrite: boolean): () => void {
    if (isWrite ? this.#writing >= MAX_WRITING : this.#reading >= MAX_READING) {
      throw tooManyRequests(
        'the server has received too many requests and has asked us to try again later',
        RETRY_AFTER_SECONDS,
      );
    }
    if (isWrite) this.#writing++;
    else this.#reading++;
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      if (isWrite) this.#writing--;
      else this.#reading--;
    };
  }
}
