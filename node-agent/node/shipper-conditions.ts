import type { NodeCondition } from '../../lib/kube/types.ts';

/** What the shipper says of itself, in its status file. */
export interface ShipperStatus {
  readonly lagSeconds: number;
  readonly backlogBytes: number;
  readonly lastError?: string | null | undefined;
  readonly updatedAt: string;
  /** What a later shipper adds; an earlier one says nothing of it. */
  readonly incidents?: Readonly<Partial<Record<ShipperIncidentKind, ShipperIncident>>> | undefined;
}

export type ShipperIncidentKind = 'linesLost' | 'documentsRefused';

/** Something that happened to lines and must not pass unseen. */
export interface ShipperIncident {
  /** So many altogether. */
  readonly count: number;
  /** RFC 3339: the last time. */
  readonly lastAt: string;
  readonly reason: string;
}

/** Lines this old that are not shipped yet, or a shipper silent for so long, are worth a word. */
const MAX_LAG_SECONDS = 30;
const MAX_SILENCE_MS = 60_000;
/** An incident shows for so long after its last time. */
const INCIDENT_MS = 10 * 60_000;

type Fact = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>;

/** The conditions of a node that come from its shipper; none where there is no shipper. Pure. */
export function shipperFacts(shipper: ShipperStatus | undefined, nowMs: number): Fact[] {
  if (!shipper) return [];
  return [
    behindFact(shipper, nowMs),
    incidentFact(shipper, nowMs, 'linesLost', {
      type: 'vigil.dev/LogLinesLost',
      reason: 'LinesLost',
      words: 'lines were lost',
      fine: 'no line was lost lately',
    }),
    incidentFact(shipper, nowMs, 'documentsRefused', {
      type: 'vigil.dev/LogDocumentsRefused',
      reason: 'DocumentsRefused',
      words: 'documents were refused by the store',
      fine: 'the store refused no document lately',
    }),
  ];
}

function behindFact(shipper: ShipperStatus, nowMs: number): Fact {
  const type = 'vigil.dev/LogShipperBehind';
  const silentMs = nowMs - Date.parse(shipper.updatedAt);
  if (silentMs > MAX_SILENCE_MS) {
    const message = `the log shipper has said nothing for ${Math.round(silentMs / 1000)} s`;
    return { type, status: 'True', reason: 'ShipperSilent', message };
  }
  if (shipper.lagSeconds > MAX_LAG_SECONDS) {
    const why = shipper.lastError ? `: ${shipper.lastError}` : '';
    const message = `${shipper.backlogBytes} bytes wait to be shipped, the oldest for ${Math.round(shipper.lagSeconds)} s${why}`;
    return { type, status: 'True', reason: 'Behind', message };
  }
  return { type, status: 'False', reason: 'KeepingUp', message: 'logs are shipped as they are written' };
}

function incidentFact(
  shipper: ShipperStatus,
  nowMs: number,
  kind: ShipperIncidentKind,
  texts: { readonly type: string; readonly reason: string; readonly words: string; readonly fine: string },
): Fact {
  const { type, reason, words, fine } = texts;
  const incident = shipper.incidents?.[kind];
  const agoMs = incident ? nowMs - Date.parse(incident.lastAt) : Infinity;
  if (!incident || !(agoMs < INCIDENT_MS)) return { type, status: 'False', reason: `No${reason}`, message: fine };
  return { type, status: 'True', reason, message: `${incident.count} ${words}: ${incident.reason}` };
}
