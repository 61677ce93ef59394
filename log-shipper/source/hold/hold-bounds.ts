/** How much may be kept for an output that does not take it. */
export interface HoldBounds {
  /** Bytes of files that exist here only, all logs together. */
  readonly maxBytes: number;
  /** Since a file was last written. */
  readonly maxAgeMs: number;
  /** Share of the disk that stays free, 0–1. */
  readonly minFreeShare: number;
}

export const defaultHoldBounds: HoldBounds = {
  maxBytes: 4 * 1024 ** 3,
  maxAgeMs: 24 * 3_600_000,
  minFreeShare: 0.1,
};

/** Files held, whatever their size: a folder of more is slow to look at. */
const MAX_FILES = 100_000;

/** A file that is kept here only: whoever wrote it has deleted it. */
export interface KeptFile {
  readonly id: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly writtenMs: number;
}

export interface Disk {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** `released`: every output that is waited for has it. */
export type DropReason = 'space' | 'disk' | 'age' | 'released';

export interface Drop {
  readonly file: KeptFile;
  readonly reason: DropReason;
}

/** Which files must be given up so that the bounds hold: the oldest first, and no more than needed. */
export function planDrops(
  kept: readonly KeptFile[],
  disk: Disk | undefined,
  bounds: HoldBounds,
  nowMs: number,
): Drop[] {
  const drops: Drop[] = [];
  let bytes = kept.reduce((sum, file) => sum + file.sizeBytes, 0);
  let count = kept.length;
  let missingBytes = disk ? disk.totalBytes * bounds.minFreeShare - disk.freeBytes : 0;
  for (const file of [...kept].sort((a, b) => a.writtenMs - b.writtenMs)) {
    const reason =
      nowMs - file.writtenMs > bounds.maxAgeMs
        ? 'age'
        : bytes > bounds.maxBytes || count > MAX_FILES
          ? 'space'
          : missingBytes > 0
            ? 'disk'
            : undefined;
    if (reason === undefined) break;
    drops.push({ file, reason });
    bytes -= file.sizeBytes;
    missingBytes -= file.sizeBytes;
    count--;
  }
  return drops;
}
