import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { EncryptedStore } from '../store/encryption/encrypted-store.ts';

/** Once after each start, in the background: what lies in the store in the clear, or under an older key, is written with the newest. */
export class EncryptionRewriter implements Component {
  readonly name = 'encryption of what is stored';
  readonly #store: EncryptedStore;
  readonly #log: Logger;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(store: EncryptedStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  start(): Promise<void> {
    this.#running = this.#run();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      const written = await this.#store.rewrite(this.#stop.signal);
      if (written > 0) this.#log.info({ written }, 'values in the store were encrypted with the newest key');
    } catch (error) {
      // The next start tries again; until then they are read as they are.
      this.#log.warn({ error: messageOf(error) }, 'values in the store could not be encrypted with the newest key');
    }
  }
}
