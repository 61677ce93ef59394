/** One file of a log that stays readable until it is released, whatever becomes of its name: by a hard link, or where none can be made by an open descriptor. */
export interface HeldFile {
  /** Tells files apart, also when an inode number is used again. */
  readonly key: string;
  /** Files of one log are read in this order. A file may be given a later place when one is found before it. */
  readonly sequence: number;
  /** The hard link. */
  readonly link: string | undefined;
  /** Whether it is compressed still; the holder decompresses it when asked to. */
  readonly compressed: boolean;
  /** Open for reading; belongs to the holder. Valid in all threads of the process. */
  readonly fd: number | undefined;
}

/** What a look at a log's folder found. */
export interface LookResult {
  readonly id: string;
  /** New files, and known ones whose place changed. */
  readonly files: readonly HeldFile[];
  /** The newest file that was known is gone: between it and these there may have been others. */
  readonly missed: boolean;
  /** Why files are kept by descriptors, the first time that it happens. */
  readonly unlinkable?: string | undefined;
}

/** A log to be held: the file that is written, and the folders for its links in the order of preference. */
export interface HeldLog {
  readonly id: string;
  readonly path: string;
  readonly holdDirs: readonly [string, ...string[]];
  /** The file that is written, opened when the log was found: it may be gone by now. The holder's to close. */
  readonly fd?: number | undefined;
}

const linkName = /^(\d{12})-([0-9a-z]+\.[0-9a-z]+?)(\.gz)?$/;

/** The name of a link says all that must be known after a restart. */
export function linkNameOf(file: Pick<HeldFile, 'sequence' | 'key' | 'compressed'>): string {
  return `${String(file.sequence).padStart(12, '0')}-${file.key}${file.compressed ? '.gz' : ''}`;
}

export function parseLinkName(name: string): Pick<HeldFile, 'sequence' | 'key' | 'compressed'> | undefined {
  const match = linkName.exec(name);
  if (!match?.[1] || !match[2]) return undefined;
  return { sequence: Number(match[1]), key: match[2], compressed: match[3] !== undefined };
}
