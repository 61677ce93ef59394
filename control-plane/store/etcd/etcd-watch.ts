import type { Clock } from '../../../lib/clock.ts';
import { linesOf } from '../../../lib/kube/json-lines.ts';
import type { Change } from '../store.ts';
import type { EtcdClient } from './etcd-client.ts';
import { decode, encodeKey, rangeEnd, type WatchAnswer } from './etcd-messages.ts';

const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

export interface EtcdWatchOptions {
  readonly client: EtcdClient;
  readonly clock: Clock;
  readonly prefix: string;
  /** Called with changes in the order of their revisions; keys without the prefix. */
  readonly changed: (changes: readonly Change[]) => void;
  /** The changes since the last one are gone: etcd compacted them while it could not be reached. */
  readonly lost: () => void;
}

/** Follows every change under a prefix, through broken connections, from where it had come. */
export class EtcdWatch {
  readonly #options: EtcdWatchOptions;
  readonly #stop = new AbortController();
  #revision = 0;
  #running: Promise<void> | undefined;

  constructor(options: EtcdWatchOptions) {
    this.#options = options;
  }

  /** Resolves when etcd has begun to tell. Rejects when it cannot be reached at all. */
  async start(afterRevision: number): Promise<void> {
    this.#revision = afterRevision;
    await new Promise<void>((resolve, reject) => {
      this.#running = this.#run(resolve, reject);
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the store stops'));
    await this.#running;
  }

  async #run(begun: () => void, failed: (error: Error) => void): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0, isFirst = true; !signal.aborted;) {
      try {
        for await (const answer of this.#answers(signal)) {
          failures = 0;
          isFirst = false;
          if (!this.#take(answer, begun)) return;
        }
      } catch (error) {
        if (isFirst) {
          failed(error as Error);
          return;
        }
      }
      if (signal.aborted) return;
      const delayMs = Math.min(FIRST_RETRY_MS * 2 ** failures++, MAX_RETRY_MS);
      await this.#options.clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }

  async *#answers(signal: AbortSignal): AsyncGenerator<WatchAnswer> {
    const { client, prefix } = this.#options;
    const body = {
      create_request: {
        key: encodeKey(prefix),
        range_end: rangeEnd(prefix),
        start_revision: String(this.#revision + 1),
        progress_notify: true,
      },
    };
    const response = await client.open('/v3/watch', body, signal);
    for await (const line of linesOf(response)) yield JSON.parse(line.toString('utf8')) as WatchAnswer;
  }

  /** False when nothing further can come. */
  #take({ result, error }: WatchAnswer, begun: () => void): boolean {
    if (error !== undefined || !result) throw new Error(`etcd ended the watch: ${JSON.stringify(error)}`);
    if (result.canceled) {
      if (result.compact_revision === undefined) throw new Error(`etcd ended the watch: ${result.cancel_reason ?? ''}`);
      this.#options.lost();
      return false;
    }
    if (result.created) begun();
    const changes = (result.events ?? []).map(({ type, kv }): Change => {
      const key = decode(kv.key).toString('utf8').slice(this.#options.prefix.length);
      const value = type === 'DELETE' ? undefined : decode(kv.value ?? '');
      return { key, revision: Number(kv.mod_revision), value };
    });
    const last = changes.at(-1);
    if (last) {
      this.#revision = last.revision;
      this.#options.changed(changes);
    }
    return true;
  }
}
