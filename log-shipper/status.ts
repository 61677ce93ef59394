import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutputFigures, ShipperFigures } from './figures.ts';
import { incidentsIn, type IncidentRecord, type Incidents } from './incidents.ts';

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
  /** Documents that the output refused; they are in the dead-letter stream. */
  readonly refused: number;
  /** Documents that the output rejected without saying which, and dead letters that it refused: they are lost. */
  readonly rejected: number;
}

/** `status.json` in the state folder: how shipping goes, for the terminal and for alerts. Lag and backlog are those of the output that is furthest behind, losses those of the required output that lost most. */
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
  readonly incidents: IncidentRecord;
  readonly perOutput: Readonly<Record<string, OutputStatus>>;
}

/** Takes the figures into `incidents` too. */
export function shipperStatus(figures: ShipperFigures, incidents: Incidents, updatedAt: string): ShipperStatus {
  const { outputs } = figures;
  const required = outputs.filter((output) => output.required);
  noteIncidents(outputs, incidents, updatedAt);
  const failing = outputs.find((output) => output.lastError !== undefined);
  const sentence = outputs.length > 1 ? `${failing?.name}: ${failing?.lastError}` : failing?.lastError;
  return {
    lagSeconds: rounded(Math.max(0, ...outputs.map((output) => output.lagSeconds))),
    backlogBytes: Math.max(0, ...outputs.map((output) => output.backlogBytes)),
    lastError: failing ? (sentence ?? null) : null,
    updatedAt,
    held: figures.held,
    lostLines: Math.max(0, ...required.map(({ counters }) => counters.lostLines)),
    gaps: Math.max(0, ...required.map(({ counters }) => counters.gaps)),
    incidents: incidents.all(),
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
          refused: counters.refused,
          rejected: counters.rejected + counters.deadLettersLost,
        },
      ]),
    ),
  };
}

/** Each output loses and refuses for itself: what counts is the one to which most happened. */
function noteIncidents(outputs: readonly OutputFigures[], incidents: Incidents, at: string): void {
  for (const { name, required, counters, lastRefusal } of outputs) {
    const { lostLines, gaps, rejected, deadLettersLost, refused } = counters;
    incidents.observe('documentsRefused', refused, `${name}: ${lastRefusal ?? ''}`, at);
    // What nothing waits for was told that it may lose.
    if (!required) continue;
    const why = [
      lostLines > 0 ? `${lostLines} in files that could not be kept until they were read` : '',
      gaps > 0 ? `${gaps} files gone before they were seen` : '',
      rejected > 0 ? `${rejected} rejected by ${name}` : '',
      deadLettersLost > 0 ? `${deadLettersLost} refused by the dead-letter stream of ${name} too` : '',
    ];
    incidents.observe('linesLost', lostLines + gaps + rejected + deadLettersLost, why.filter(Boolean).join(', '), at);
  }
}

/** Incidents that an earlier run wrote down; none when there is no status file that can be read. */
export function readIncidents(dir: string): IncidentRecord {
  try {
    const status = JSON.parse(readFileSync(statusFile(dir), 'utf8')) as { readonly incidents?: unknown } | null;
    return incidentsIn(status?.incidents);
  } catch {
    return {};
  }
}

export function writeStatus(dir: string, status: ShipperStatus): void {
  const path = statusFile(dir);
  writeFileSync(`${path}.tmp`, JSON.stringify(status), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

function statusFile(dir: string): string {
  return join(dir, 'status.json');
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
