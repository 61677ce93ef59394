import { parentPort, workerData } from 'node:worker_threads';
import { BlockCache } from '../engine/block-cache.ts';
import { Segment, type Damage, type SharedSegment } from '../engine/segment.ts';
import { TailPool } from '../engine/tail.ts';
import { executeSearch } from './execute.ts';
import type { SearchClock } from './searchable.ts';
import {
  openIndex,
  plainNumbers,
  shareFailure,
  type SearchOrder,
  type SearchReply,
  type SearchRequest,
} from './shared-search.ts';
import { Turns } from './turns.ts';

/*
 * A thread that runs long searches, so that documents are acknowledged meanwhile. It reads segments from their files and what is not in files yet from shared
 * memory. `main.ts` has it compiled before the first one starts (`lib/lean-start.ts`).
 */

/** Segments kept open: more than a search of everything needs. */
const MAX_OPEN = 1_024;

/** More than the main thread's: a quarter of an hour of a busy machine, which boards ask for again and again. */
const cacheBounds = { blockBytes: 12 * 1024 * 1024, heapBytes: 6 * 1024 * 1024 };

/** Finished segments never change: they stay open until their index is searched without them. */
class OpenSegments {
  readonly #open = new Map<string, Segment>();
  readonly #pool: TailPool;
  readonly #damaged: (damage: Damage) => void;

  constructor(pool: TailPool, damaged: (damage: Damage) => void) {
    this.#pool = pool;
    this.#damaged = damaged;
  }

  /** `undefined` when the segment was dropped meanwhile. */
  get(shared: SharedSegment): Segment | undefined {
    const known = this.#open.get(shared.path);
    if (known) return known;
    try {
      const segment = Segment.openShared(shared, this.#pool, this.#damaged);
      if (segment.finished) this.#open.set(shared.path, segment);
      return segment;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Closes what was dropped: files that are gone but open take their space on disk. */
  closeMissing(segments: readonly SharedSegment[]): void {
    const listed = new Set(segments.map(({ path }) => path));
    const folders = new Set(segments.map(({ path }) => folderOf(path)));
    for (const [path, segment] of this.#open) {
      const isDropped = folders.has(folderOf(path)) && !listed.has(path);
      if (!isDropped && this.#open.size <= MAX_OPEN) continue;
      segment.close();
      this.#open.delete(path);
    }
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function serve(port: NonNullable<typeof parentPort>): void {
  const pool = new TailPool();
  const cache = new BlockCache(cacheBounds);
  const open = new OpenSegments(pool, (damage) => port.postMessage({ damage } satisfies SearchReply));
  const turns = new Turns();
  const cancelled = new Set<number>();
  let running = 0;

  const search = async ({ id, indices, body, nowMs }: SearchRequest): Promise<SearchReply> => {
    const unfinished: Segment[] = [];
    const clock: SearchClock = {
      nowMs: () => nowMs,
      monotonicMs: () => performance.now(),
      yield: async () => {
        await turns.next();
        if (cancelled.has(id)) throw new Error('nobody waits for the answer any more');
      },
    };
    try {
      if (running === 1) open.closeMissing(indices.flatMap(({ segments }) => segments));
      const searchables = indices.map((index) =>
        openIndex(index, pool, (shared) => {
          const segment = open.get(shared);
          if (segment && !segment.finished) unfinished.push(segment);
          return segment;
        }),
      );
      const outcome = await executeSearch(searchables, body, cache, clock);
      if (!outcome) throw new Error('a search without a bound ended at one');
      return { id, outcome: plainNumbers(outcome) as typeof outcome };
    } catch (error) {
      return { id, failure: shareFailure(error) };
    } finally {
      for (const segment of unfinished) segment.close();
      cancelled.delete(id);
    }
  };

  port.on('message', (order: SearchOrder) => {
    if ('cancelled' in order) {
      cancelled.add(order.cancelled);
      return;
    }
    running++;
    void search(order).then((reply) => {
      running--;
      port.postMessage(reply);
    });
  });
}

if (!parentPort || !workerData) throw new Error('this is the search thread of the log store, started by it alone');
serve(parentPort);
