import type { LogSource } from '../lib/log-source.ts';
import type { TailCounters } from './source/container-tail.ts';
import type { HoldFigures } from './source/hold/holds.ts';

/** Counted by each output since its start. */
export interface ShipperCounters {
  batches: number;
  bytes: number;
  acknowledged: number;
  duplicates: number;
  retried: number;
  refused: number;
  rejected: number;
  deadLettersLost: number;
  gaps: number;
  lostLines: number;
  lostBytes: number;
  invalidSources: number;
}

export function newCounters(): ShipperCounters {
  return {
    batches: 0,
    bytes: 0,
    acknowledged: 0,
    duplicates: 0,
    retried: 0,
    refused: 0,
    rejected: 0,
    deadLettersLost: 0,
    gaps: 0,
    lostLines: 0,
    lostBytes: 0,
    invalidSources: 0,
  };
}

/** One container's log, as one output sees it. */
export interface ContainerFigures {
  readonly source: Pick<LogSource, 'namespace' | 'pod' | 'container'>;
  readonly counters: TailCounters;
  readonly retried: number;
  readonly refused: number;
  readonly lagSeconds: number;
}

export interface OutputFigures {
  readonly name: string;
  /** Files are kept until it has them. One that is not required loses what it has not read in time, as it was told to. */
  readonly required: boolean;
  readonly counters: ShipperCounters;
  readonly containers: readonly ContainerFigures[];
  /** How long the oldest line that the output does not have yet has waited. */
  readonly lagSeconds: number;
  readonly backlogBytes: number;
  /** Why the last attempt failed; `undefined` when it did not. */
  readonly lastError: string | undefined;
  /** Why the last document was refused; `undefined` when none was. */
  readonly lastRefusal: string | undefined;
}

export interface ShipperFigures {
  readonly held: HoldFigures;
  readonly outputs: readonly OutputFigures[];
}
