import { comparePositions, parsePosition, type LogPosition } from '../../lib/log-position.ts';
import type { LogHit } from '../../lib/log-query.ts';

/** One line of one container, from the node or from the store: the same line has the same position in both. */
export interface LogLine {
  readonly containerId: string;
  readonly position: LogPosition;
  readonly time: string;
  readonly stream: string;
  readonly message: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly restartCount: number;
  readonly node: string;
  readonly level?: string | undefined;
  readonly workload?: { readonly kind: string; readonly name: string } | undefined;
}

/** A stored hit as a line; `undefined` for a document that is not a container's line. */
export function lineOfHit(hit: LogHit): LogLine | undefined {
  const dash = hit.id.indexOf('-');
  const position = dash < 0 ? undefined : parsePosition(hit.id.slice(dash + 1));
  if (!position || hit.containerId === '') return undefined;
  const { id: _id, isContext: _isContext, source: _source, ...fields } = hit;
  return { ...fields, position, stream: hit.stream ?? 'stdout' };
}

/** RFC 3339 times with different numbers of fraction digits, oldest first; lines of one container by position. */
export function compareLines(a: LogLine, b: LogLine): number {
  if (a.containerId === b.containerId) return comparePositions(a.position, b.position);
  return compareTimes(a.time, b.time);
}

/** Orders RFC 3339 UTC times of any precision. */
export function compareTimes(a: string, b: string): number {
  const [left, right] = [plain(a), plain(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Without the zone and without zeros that say nothing, so that text order is time order. */
function plain(time: string): string {
  const bare = time.replace(/Z$/, '');
  return bare.includes('.') ? bare.replace(/\.?0+$/, '') : bare;
}

/** `14:02:09.114` of an RFC 3339 time, in UTC as all times here. */
export function dayTimeOf(time: string): string {
  const [, clock = time, fraction = ''] = /T(\d\d:\d\d:\d\d)(?:\.(\d+))?/.exec(time) ?? [];
  return clock === time ? time : `${clock}.${fraction.slice(0, 3).padEnd(3, '0')}`;
}
