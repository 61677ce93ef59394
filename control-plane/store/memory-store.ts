import { VigilError } from '../../lib/errors.ts';
import { ChangeFeed } from './change-feed.ts';
import {
  MAX_VALUE_BYTES,
  type Store,
  type StoredEntry,
  type StoredList,
  type StoreWatcher,
  type WriteOutcome,
} from './store.ts';

/** The store of tests: everything is lost at exit. */
export class MemoryStore implements Store {
  readonly name = 'memory store';
  readonly #entries = new Map<string, StoredEntry>();
  readonly #feed = new ChangeFeed();
  #isStopped = false;

  get revision(): number {
    return this.#feed.revision;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#feed.close();
    return Promise.resolve();
  }

  get(key: string): Promise<StoredEntry | undefined> {
    return Promise.resolve(this.#entries.get(key));
  }

  list(prefix: string): Promise<StoredList> {
    const entries = [...this.#entries.values()]
      .filter((entry) => entry.key.startsWith(prefix))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    return Promise.resolve({ revision: this.revision, entries });
  }

  write(key: string, value: Uint8Array | undefined, expectedRevision: number): Promise<WriteOutcome> {
    if (this.#isStopped) return Promise.reject(new VigilError('STORE_CLOSED', 'terminal', 'the store is closed'));
    if (value && value.byteLength > MAX_VALUE_BYTES) return Promise.reject(tooLarge(key, value));
    const currentRevision = this.#entries.get(key)?.revision ?? 0;
    if (currentRevision !== expectedRevision) return Promise.resolve({ written: false, currentRevision });
    const revision = this.revision + 1;
    if (value) this.#entries.set(key, { key, revision, value });
    else this.#entries.delete(key);
    this.#feed.publish([{ key, revision, value }]);
    return Promise.resolve({ written: true, revision });
  }

  watch(prefix: string, afterRevision: number, watcher: StoreWatcher): () => void {
    return this.#feed.watch(prefix, afterRevision, watcher);
  }

  compact(revision: number): void {
    this.#feed.compact(revision);
  }
}

export function tooLarge(key: string, value: Uint8Array): VigilError {
  return new VigilError(
    'VALUE_TOO_LARGE',
    'invalid',
    `${key}: ${value.byteLength} bytes are more than a value may have`,
  );
}
