import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ShipperFigures } from './metrics.ts';

/** How one output does. */
export interface OutputStatus {
  readonly up: boolean;
  readonly acknowledged: number;
  readonly lastError: string | null;
  readonly lagSeconds: number;
  readonly backlogBytes: number;
  /** Lines and bytes given up since the start, because their files could not be kept until they were read. */
  readonly lostLines: number;
  readonly lostBytes: number;
  /** How often files were gone before they were seen. */
  readonly gaps: number;
}

/** `status.json` in the state folder: how shipping goes, for the terminal and for alerts. Sums are those of the output that is furthest behind. */
export interface ShipperStatus {
  /** How long the oldest line that is not stored yet has waited. */
  readonly lagSeconds: number;
  readonly backlogBytes: number;
  readonly lastError: string | null;
  readonly updatedAt: string;
  /** Files kept until they are shipped, and the bytes of those that nobody else has any more. */
  readonly held: { readonly files: number; readonly bytes: number };
  readonly lostLines: number;
  readonly gaps: number;
  readonly perOutput: Readonly<Record<string, OutputStatus>>;
}

export function shipperStatus(figures: ShipperFigures, updatedAt: string): ShipperStatus {
  const { outputs } = figures;
  const failing = outputs.find((output) => output.lastError !== undefined);
  const sentence = outputs.length > 1 ? `${failing?.name}: ${failing?.lastError}` : failing?.lastError;
  return {
    lagSeconds: rounded(Math.max(0, ...outputs.map((output) => output.lagSeconds))),
    backlogBytes: Math.max(0, ...outputs.map((output) => output.backlogBytes)),
    lastError: failing ? (sentence ?? null) : null,
    updatedAt,
    held: figures.held,
    lostLines: Math.max(0, ...outputs.map(({ counters }) => counters.lostLines)),
    gaps: Math.max(0, ...outputs.map(({ counters }) => counters.gaps)),
    perOutput: Object.fromEntries(
      outputs.map(({ name, counters, lastError, lagSeconds, backlogBytes }) => [
        name,
        {
          up: lastError === undefined,
          acknowledged: counters.acknowledged,
          lastError: lastError ?? null,
          lagSeconds: rounded(lagSeconds),
          backlogBytes,
          lostLines: counters.lostLines,
          lostBytes: counters.lostBytes,
          gaps: counters.gaps,
        },
      ]),
    ),
  };
}

export function writeStatus(dir: string, status: ShipperStatus): void {
  const path = join(dir, 'status.json');
  writeFileSync(`${path}.tmp`, JSON.stringify(status), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
