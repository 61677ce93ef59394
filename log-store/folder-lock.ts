import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';

/** How often a folder that another process holds is looked at again. */
const RETRY_MS = 500;
/** After this, whoever took a left-over socket at the same moment has shown itself. */
const SETTLE_MS = 50;
const ANSWER_TIMEOUT_MS = 1000;

/**
 * Keeps two processes from writing one folder: a pod that was given up on a node that is only cut off, and the pod that replaces it elsewhere on the same disk. The
 * holder listens on a Unix socket in the folder, which the kernel lets go of however the process ends.
 */
export class FolderLock {
  readonly #path: string;
  readonly #dir: string;
  readonly #id = randomBytes(8).toString('hex');
  readonly #clock: Clock;
  readonly #log: Logger;
  #server: Server | undefined;

  constructor(dir: string, clock: Clock, log: Logger) {
    this.#dir = dir;
    this.#path = join(dir, 'owner.sock');
    this.#clock = clock;
    this.#log = log;
  }

  /** Resolves when the folder is ours; waits for as long as another process holds it. */
  async take(signal: AbortSignal): Promise<void> {
    mkdirSync(this.#dir, { recursive: true });
    let isTold = false;
    while (!(await this.#tryTake(signal))) {
      if (!isTold) this.#log.warn({ dir: this.#dir }, 'another process holds the data folder, waiting for it to end');
      isTold = true;
      await this.#clock.sleep(RETRY_MS, signal);
    }
  }

  async release(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    // Closing a listening server also removes its socket.
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async #tryTake(signal: AbortSignal): Promise<boolean> {
    if ((await this.#holder()) !== undefined) return false;
    rmSync(this.#path, { force: true });
    const server = createServer((socket) => socket.on('error', () => {}).end(this.#id)).unref();
    const isListening = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(this.#path, () => resolve(true));
    });
    if (!isListening) return false;
    this.#server = server;
    await this.#clock.sleep(SETTLE_MS, signal);
    if ((await this.#holder()) === this.#id) return true;
    // Somebody else's socket stands at the path now, which closing ours must not remove: it is only let go of.
    this.#server = undefined;
    return false;
  }

  /** The id of the process that answers, `undefined` when there is none. */
  #holder(): Promise<string | undefined> {
    return new Promise((resolve) => {
      let answer = '';
      const socket = connect(this.#path);
      socket.setEncoding('utf8');
      socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy());
      socket.on('data', (text: string) => (answer += text));
      socket.once('error', () => resolve(undefined));
      // One that is too busy to answer still holds the folder: what counts is that it took the connection.
      socket.once('close', () => resolve(answer));
    });
  }
}
