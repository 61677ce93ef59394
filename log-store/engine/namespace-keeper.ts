import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/log.ts';
import { badRequest } from './store-error.ts';
import type { IndexStore, Rewritten } from './index-store.ts';
import { namespacesToTrim, type NamespaceUsage, type UsedSegment } from './namespace-retention.ts';
import { measureUsage, namespaceOf } from './namespace-usage.ts';
import type { Retention } from './retention.ts';
import type { Segment } from './segment.ts';
import { parseLifecycle, parseSizeBytes, type StreamLifecycle } from './stream-lifecycle.ts';
import { parseDurationMs } from '../../lib/duration.ts';

/** Searches that began before a segment was rewritten go on reading the old one for so long; longer than any search may take. */
const LINGER_MS = 60_000;
const MAX_NAMESPACES = 1_000;

/** Bounds per namespace as they are configured and put: `{shop: {data_retention: '3d', max_size: '1gb'}}`. */
export type NamespaceBounds = Readonly<Record<string, StreamLifecycle>>;

/** Reads bounds per namespace. Throws a 400 that names the namespace and the field. */
export function parseNamespaceBounds(value: unknown): NamespaceBounds {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('bounds of namespaces are an object: {"shop": {"data_retention": "3d", "max_size": "1gb"}}');
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  if (entries.length > MAX_NAMESPACES)
    throw badRequest(`at most ${MAX_NAMESPACES} namespaces have bounds of their own`);
  return Object.fromEntries(
    entries.flatMap(([namespace, bounds]) => {
      // As with other settings, null takes one back.
      if (bounds === null) return [];
      if (typeof bounds !== 'object') throw badRequest(`bounds of namespace [${namespace}] are an object`);
      return [[namespace, parseLifecycle(bounds as Readonly<Record<string, unknown>>)] as const];
    }),
  );
}

/** Keeps of each namespace no more than its bounds say, by writing segments again without what has to go: one at a time, between other work. */
export class NamespaceKeeper {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #turn: () => Promise<void>;
  readonly #usages = new WeakMap<Segment, NamespaceUsage>();
  readonly #lingering = new Set<() => void>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(clock: Clock, log: Logger, turn: () => Promise<void>) {
    this.#clock = clock;
    this.#log = log;
    this.#turn = turn;
  }

  /** Resolves when nothing is being rewritten any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    for (const end of this.#lingering) end();
  }

  /** Applies the bounds now, unless that is still going on. Never rejects. */
  enforce(indices: readonly IndexStore[], bounds: NamespaceBounds): Promise<void> {
    if (Object.keys(bounds).length === 0 || this.#stopped) return Promise.resolve();
    this.#running ??= this.#enforce(indices, bounds)
      .catch((error: unknown) => this.#log.error({ err: error }, 'retention of namespaces failed, will try again'))
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #enforce(indices: readonly IndexStore[], bounds: NamespaceBounds): Promise<void> {
    const used: UsedSegment<{ index: IndexStore; segment: Segment }>[] = [];
    for (const index of indices) {
      if (!index.dataStream) continue;
      for (const segment of index.segments.slice()) {
        if (!segment.finished || segment.removed || this.#stopped) continue;
        const usage = this.#usages.get(segment) ?? (await measureUsage(segment, this.#turn));
        this.#usages.set(segment, usage);
        used.push({ ref: { index, segment }, maxMs: segment.maxMs, usage });
      }
    }
    const parsed = new Map(Object.entries(bounds).map(([namespace, own]) => [namespace, retentionOf(own)]));
    for (const { ref, namespaces } of namespacesToTrim(used, parsed, this.#clock.now())) {
      if (this.#stopped) return;
      const { index, segment } = ref;
      const rewritten = await index.rewriteSegment(segment, (doc) => namespaces.has(namespaceOf(doc)), this.#turn);
      if (!rewritten) continue;
      const { documents } = rewritten;
      this.#log.info(
        { index: index.name, namespaces: [...namespaces], documents },
        'oldest documents of namespaces dropped',
      );
      this.#linger(rewritten);
    }
  }

  #linger(rewritten: Rewritten): void {
    const end = () => {
      cancel();
      this.#lingering.delete(end);
      rewritten.retire();
    };
    const cancel = this.#clock.after(LINGER_MS, end);
    this.#lingering.add(end);
  }
}

function retentionOf(own: StreamLifecycle): Retention {
  return {
    maxAgeMs: (own.data_retention === undefined ? undefined : parseDurationMs(own.data_retention)) ?? Infinity,
    maxBytes: (own.max_size === undefined ? undefined : parseSizeBytes(own.max_size)) ?? Infinity,
  };
}
