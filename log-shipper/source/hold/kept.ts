import type { BigIntStats } from 'node:fs';

/** A file that was seen. */
export interface Kept {
  readonly key: string;
  sequence: number;
  compressed: boolean;
  link: string | undefined;
  fd: number | undefined;
  /** Its link is being made: until then it is not told of. */
  pending: boolean;
}

/** The time of birth tells a file from a later one with the same inode number. */
export function keyOf(info: BigIntStats): string {
  return `${info.ino.toString(36)}.${info.birthtimeNs.toString(36)}`;
}
