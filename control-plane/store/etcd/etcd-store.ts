import type { Clock } from '../../../lib/clock.ts';
import type { EtcdConfig } from '../../../lib/config/control-plane.ts';
import { VigilError } from '../../../lib/errors.ts';
import { ChangeFeed } from '../change-feed.ts';
import { tooLarge } from '../memory-store.ts';
import {
  MAX_VALUE_BYTES,
  type Change,
  type Store,
  type StoredEntry,
  type StoredList,
  type StoreWatcher,
  type WriteOutcome,
} from '../store.ts';
import { EtcdClient } from './etcd-client.ts';
import { decode, encodeKey, rangeEnd, type KeyValue, type RangeAnswer, type TxnAnswer } from './etcd-messages.ts';
import { EtcdWatch } from './etcd-watch.ts';

/** A write that happened is told by the watch within this time, or the watch is broken. */
const TOLD_WITHIN_MS = 10_000;

interface Waiting {
  readonly revision: number;
  readonly resolve: () => void;
}

/**
 * The store of several control planes: etcd 3. Every change, of this process or another, comes by one watch of the whole prefix, and a write resolves when the
 * watch has told it. Reads are made at the revision that was told last, so that lists and watches fit.
 */
export class EtcdStore implements Store {
  readonly name = 'etcd store';
  readonly #prefix: string;
  readonly #client: EtcdClient;
  readonly #clock: Clock;
  readonly #watch: EtcdWatch;
  readonly #feed = new ChangeFeed();
  /** Values on their way to etcd by key, so that their change carries the very array that was written. */
  readonly #sent = new Map<string, Set<Uint8Array>>();
  readonly #waiting = new Set<Waiting>();
  /** Every write changes this key too, outside of the watched prefix: what all processes have written is known by asking for one key. */
  readonly #headKey: string;
  #headAsked: Promise<number> | undefined;
  #headToAsk: Promise<number> | undefined;
  #failure: Error | undefined;

  constructor(config: EtcdConfig, clock: Clock) {
    this.#prefix = config.prefix;
    this.#headKey = encodeKey(`head of ${config.prefix}`);
    this.#clock = clock;
    this.#client = new EtcdClient(config);
    this.#watch = new EtcdWatch({
      client: this.#client,
      clock,
      prefix: config.prefix,
      changed: (changes) => this.#tell(changes),
      lost: () => this.#fail(new VigilError('STORE_FAILED', 'terminal', 'etcd compacted changes that were not seen')),
    });
  }

  get revision(): number {
    return this.#feed.revision;
  }

  async start(): Promise<void> {
    const { header } = await this.#client.ask<RangeAnswer>('/v3/kv/range', {
      key: encodeKey(this.#prefix),
      limit: '1',
    });
    const revision = Number(header.revision ?? 0);
    this.#feed.reset(revision);
    await this.#watch.start(revision);
  }

  async stop(): Promise<void> {
    this.#failure ??= new VigilError('STORE_CLOSED', 'terminal', 'the store is closed');
    await this.#watch.stop();
    this.#feed.close();
    this.#client.close();
  }

  async get(key: string): Promise<StoredEntry | undefined> {
    const { kvs } = await this.#range({ key: encodeKey(this.#prefix + key) });
    return kvs?.[0] && this.#entryOf(kvs[0]);
  }

  async list(prefix: string): Promise<StoredList> {
    const revision = this.#feed.revision;
    const whole = this.#prefix + prefix;
    const { kvs = [] } = await this.#range({ key: encodeKey(whole), range_end: rangeEnd(whole) }, revision);
    return { revision, entries: kvs.map((kv) => this.#entryOf(kv)) };
  }

  /** Who asks while a question is on its way shares the next one: an answer may not be older than its asking. */
  head(): Promise<number> {
    this.#headToAsk ??= Promise.resolve(this.#headAsked)
      .catch(() => undefined)
      .then(() => {
        this.#headAsked = this.#askHead();
        this.#headToAsk = undefined;
        return this.#headAsked;
      });
    return this.#headToAsk;
  }

  async write(key: string, value: Uint8Array | undefined, expectedRevision: number): Promise<WriteOutcome> {
    if (this.#failure) throw this.#failure;
    if (value && value.byteLength > MAX_VALUE_BYTES) throw tooLarge(key, value);
    this.#remember(key, value);
    try {
      const answer = await this.#client.ask<TxnAnswer>('/v3/kv/txn', this.#transaction(key, value, expectedRevision));
      if (answer.succeeded !== true) return { written: false, currentRevision: currentOf(answer) };
      const revision = Number(answer.header.revision ?? 0);
      await this.#untilTold(revision);
      return { written: true, revision };
    } finally {
      this.#forget(key, value);
    }
  }

  watch(prefix: string, afterRevision: number, watcher: StoreWatcher): () => void {
    return this.#feed.watch(prefix, afterRevision, watcher);
  }

  /** Other control planes may still want what this one does not: etcd is told, and decides by itself what it can. */
  compact(revision: number): void {
    this.#feed.compact(revision);
    const body = { revision: String(Math.min(revision, this.#feed.revision)) };
    // Another control plane may have been faster.
    this.#client.ask('/v3/kv/compaction', body).catch(() => undefined);
  }

  async #askHead(): Promise<number> {
    if (this.#failure) throw this.#failure;
    const { kvs } = await this.#client.ask<RangeAnswer>('/v3/kv/range', { key: this.#headKey });
    return Number(kvs?.[0]?.mod_revision ?? 0);
  }

  #range(what: Readonly<Record<string, string>>, revision = this.#feed.revision): Promise<RangeAnswer> {
    if (this.#failure) return Promise.reject(this.#failure);
    return this.#client.ask('/v3/kv/range', { ...what, revision: String(revision) });
  }

  #transaction(key: string, value: Uint8Array | undefined, expectedRevision: number): object {
    const encoded = encodeKey(this.#prefix + key);
    const change =
      value === undefined
        ? { request_delete_range: { key: encoded } }
        : { request_put: { key: encoded, value: Buffer.from(value).toString('base64') } };
    return {
      compare: [{ key: encoded, target: 'MOD', result: 'EQUAL', mod_revision: String(expectedRevision) }],
      success: [change, { request_put: { key: this.#headKey } }],
      failure: [{ request_range: { key: encoded, keys_only: true } }],
    };
  }

  #entryOf(kv: KeyValue): StoredEntry {
    const key = decode(kv.key).toString('utf8').slice(this.#prefix.length);
    return { key, revision: Number(kv.mod_revision), value: decode(kv.value ?? '') };
  }

  #tell(changes: readonly Change[]): void {
    this.#feed.publish(changes.map((change) => ({ ...change, value: this.#ownValue(change) })));
    for (const waiting of this.#waiting) if (waiting.revision <= this.#feed.revision) waiting.resolve();
  }

  #ownValue({ key, value }: Change): Uint8Array | undefined {
    if (!value) return undefined;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    for (const sent of this.#sent.get(key) ?? []) if (bytes.equals(sent)) return sent;
    return value;
  }

  #remember(key: string, value: Uint8Array | undefined): void {
    if (!value) return;
    const sent = this.#sent.get(key) ?? new Set();
    sent.add(value);
    this.#sent.set(key, sent);
  }

  #forget(key: string, value: Uint8Array | undefined): void {
    const sent = value && this.#sent.get(key);
    if (!sent) return;
    sent.delete(value);
    if (sent.size === 0) this.#sent.delete(key);
  }

  #untilTold(revision: number): Promise<void> {
    if (this.#feed.revision >= revision) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        revision,
        resolve: () => {
          this.#waiting.delete(waiting);
          cancel();
          resolve();
        },
      };
      const cancel = this.#clock.after(TOLD_WITHIN_MS, () => {
        this.#waiting.delete(waiting);
        reject(new VigilError('STORE_FAILED', 'transient', `etcd did not tell of revision ${revision}`));
      });
      this.#waiting.add(waiting);
    });
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#feed.close();
  }
}

function currentOf({ responses }: TxnAnswer): number {
  return Number(responses?.[0]?.response_range?.kvs?.[0]?.mod_revision ?? 0);
}
