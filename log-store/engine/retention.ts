import type { IndexStore } from './index-store.ts';
import type { Segment } from './segment.ts';

/** Oldest documents go first beyond either bound. */
export interface Retention {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

export interface SegmentDrop {
  readonly index: IndexStore;
  readonly segment: Segment;
  readonly reason: 'age' | 'bytes';
}

/**
 * Which segments of data streams go: those whose newest document is too old, then the oldest of each stream that is too large, then the oldest of all until the
 * rest fits. `boundsOf` tells what a stream's own settings say. Other indices are kept.
 */
export function segmentsToDrop(
  indices: readonly IndexStore[],
  retention: Retention,
  nowMs: number,
  boundsOf: (index: IndexStore) => Retention,
): SegmentDrop[] {
  const drops: SegmentDrop[] = [];
  const kept: { index: IndexStore; segment: Segment }[] = [];
  let bytes = 0;
  for (const index of indices) {
    let ownBytes = index.diskBytes;
    if (index.dataStream) {
      const own = boundsOf(index);
      const oldestMs = nowMs - Math.min(retention.maxAgeMs, own.maxAgeMs);
      for (const segment of [...index.segments].sort((a, b) => a.maxMs - b.maxMs)) {
        const reason = segment.maxMs < oldestMs ? 'age' : ownBytes > own.maxBytes ? 'bytes' : undefined;
        if (reason) {
          drops.push({ index, segment, reason });
          ownBytes -= segment.diskBytes;
        } else kept.push({ index, segment });
      }
    }
    bytes += ownBytes;
  }
  kept.sort((a, b) => a.segment.maxMs - b.segment.maxMs);
  for (const { index, segment } of kept) {
    if (bytes <= retention.maxBytes) break;
    drops.push({ index, segment, reason: 'bytes' });
    bytes -= segment.diskBytes;
  }
  return drops;
}
