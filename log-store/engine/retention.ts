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

/** Which segments of data streams go: those whose newest document is too old, then the oldest until the rest fits. Other indices are kept. */
export function segmentsToDrop(indices: readonly IndexStore[], retention: Retention, nowMs: number): SegmentDrop[] {
  const drops: SegmentDrop[] = [];
  let bytes = 0;
  const kept: { index: IndexStore; segment: Segment }[] = [];
  for (const index of indices) {
    bytes += index.diskBytes;
    if (!index.dataStream) continue;
    for (const segment of index.segments) {
      if (segment.maxMs < nowMs - retention.maxAgeMs) {
        drops.push({ index, segment, reason: 'age' });
        bytes -= segment.diskBytes;
      } else kept.push({ index, segment });
    }
  }
  kept.sort((a, b) => a.segment.maxMs - b.segment.maxMs);
  for (const { index, segment } of kept) {
    if (bytes <= retention.maxBytes) break;
    drops.push({ index, segment, reason: 'bytes' });
    bytes -= segment.diskBytes;
  }
  return drops;
}
