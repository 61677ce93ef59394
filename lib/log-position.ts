/**
 * Where a line stands in a container's log, the same for everyone who reads the files: shipper, agent and kctl.
 *
 * `rotation` names the file by the time of its first entry (nanoseconds since the epoch, base 36), so it survives renames and needs no counter;
 * `offset` is the byte offset of the entry's first byte in that file. (rotation, offset) orders the lines of one container.
 */
export interface LogPosition {
  readonly rotation: string;
  readonly offset: number;
}

/** How much of a container ID goes into a document ID: Docker's IDs are random, 16 hex digits do not collide in practice. */
const CONTAINER_ID_DIGITS = 16;

/** The `_id` of a log record: sending a line twice stores it once. */
export function logRecordId(containerId: string, position: LogPosition): string {
  return `${containerId.slice(0, CONTAINER_ID_DIGITS)}-${position.rotation}-${position.offset.toString(36)}`;
}

/** Base 36 of a decimal string of nanoseconds. */
export function rotationOf(firstEntryTimeNs: bigint): string {
  return firstEntryTimeNs.toString(36);
}

/** Negative, zero or positive as `a` stands before, at or after `b`. */
export function comparePositions(a: LogPosition, b: LogPosition): number {
  if (a.rotation.length !== b.rotation.length) return a.rotation.length - b.rotation.length;
  if (a.rotation !== b.rotation) return a.rotation < b.rotation ? -1 : 1;
  return a.offset - b.offset;
}

/** `<rotation>-<offset in base 36>`, as in the agent's `after` parameter. */
export function formatPosition(position: LogPosition): string {
  return `${position.rotation}-${position.offset.toString(36)}`;
}

/** The inverse of `formatPosition`; `undefined` when the text is not one. */
export function parsePosition(text: string): LogPosition | undefined {
  const match = /^([0-9a-z]{1,16})-([0-9a-z]{1,11})$/.exec(text);
  if (!match?.[1] || !match[2]) return undefined;
  return { rotation: match[1], offset: Number.parseInt(match[2], 36) };
}
