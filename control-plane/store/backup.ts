import { createHash } from 'node:crypto';
import { VigilError } from '../../lib/errors.ts';
import { isSealed, type Sealing } from './encryption/sealing.ts';
import type { Store, StoredEntry, StoredList } from './store.ts';

/** Writes that are on their way at once while a backup is read back. */
const PARALLEL_WRITES = 256;

/** The first line of a backup. */
export interface BackupHead {
  readonly kind: 'VigilBackup';
  /** 1 had no encrypted objects. */
  readonly version: 1 | 2;
  readonly cluster: string;
  /** RFC 3339: when it was made. */
  readonly time: string;
  /** The state of the store that it shows. */
  readonly revision: number;
}

interface BackupTail {
  readonly entries: number;
  /** SHA-256 of all lines before, in hexadecimal. */
  readonly sha256: string;
}

/**
 * A backup, line by line: a head, one line for each object (`{"key":…,"value":{…}}`), and a tail with their number and a checksum, without which it is not
 * whole. Values are the objects' own JSON; what lies in the store encrypted stays so (`{"key":…,"sealed":"<base64>"}`), and takes its key to be restored.
 */
export function* backupLines(list: StoredList, about: Pick<BackupHead, 'cluster' | 'time'>): Generator<Buffer> {
  const hash = createHash('sha256');
  const hashed = (line: Buffer) => {
    hash.update(line);
    return line;
  };
  const head: BackupHead = { kind: 'VigilBackup', version: 2, ...about, revision: list.revision };
  yield hashed(Buffer.from(`${JSON.stringify(head)}\n`));
  for (const { key, value } of list.entries) {
    const name = JSON.stringify(key);
    const object = isSealed(value)
      ? [Buffer.from(`{"key":${name},"sealed":"${Buffer.from(value).toString('base64')}"`)]
      : [Buffer.from(`{"key":${name},"value":`), value];
    yield hashed(Buffer.concat([...object, Buffer.from('}\n')]));
  }
  const tail: BackupTail = { entries: list.entries.length, sha256: hash.digest('hex') };
  yield Buffer.from(`${JSON.stringify(tail)}\n`);
}

/** What a backup holds. */
export interface Backup {
  readonly head: BackupHead;
  readonly values: ReadonlyMap<string, Buffer>;
}

/** Reads a backup and checks that it is whole and that all of it can be read. Throws a `VigilError` that says what is wrong with it. */
export async function readBackup(lines: AsyncIterable<Buffer>, sealing: Sealing): Promise<Backup> {
  const hash = createHash('sha256');
  const values = new Map<string, Buffer>();
  let head: BackupHead | undefined;
  let tail: BackupTail | undefined;
  let number = 0;
  for await (const line of lines) {
    number++;
    if (tail) throw damaged(`line ${number} comes after the end`);
    const parsed = parse(line, number);
    if (!head) {
      if (parsed['kind'] !== 'VigilBackup' || (parsed['version'] !== 1 && parsed['version'] !== 2))
        throw damaged('line 1 is not the head of a backup of this version');
      head = parsed as unknown as BackupHead;
    } else if (typeof parsed['sha256'] === 'string') {
      tail = parsed as unknown as BackupTail;
      continue;
    } else {
      const { key, value, sealed } = parsed;
      if (typeof key !== 'string' || (typeof value !== 'object' && typeof sealed !== 'string'))
        throw damaged(`line ${number} is no object`);
      values.set(key, typeof sealed === 'string' ? Buffer.from(sealed, 'base64') : Buffer.from(JSON.stringify(value)));
    }
    hash.update(line).update('\n');
  }
  if (!head || !tail) throw damaged('its end is missing');
  if (tail.entries !== values.size || tail.sha256 !== hash.digest('hex')) throw damaged('the checksum does not fit');
  for (const [key, value] of values) if (isSealed(value)) values.set(key, opened(key, value, sealing));
  return { head, values };
}

/** After the checksum: what does not open then is no damage of the file. */
function opened(key: string, value: Buffer, sealing: Sealing): Buffer {
  const outcome = sealing.open(key, value);
  if ('problem' in outcome)
    throw new VigilError(
      'BACKUP_UNREADABLE',
      'invalid',
      `the backup cannot be used: ${outcome.problem}; name the encryption configuration of the time with --encryption-config`,
    );
  return Buffer.from(outcome.value);
}

/** Makes the store hold what the backup holds, and nothing else. Its revisions go on from where they are. The store must be nobody else's meanwhile. */
export async function restoreBackup(store: Store, { values }: Backup): Promise<void> {
  const { entries } = await store.list('');
  const present = new Map(entries.map((entry) => [entry.key, entry]));
  const writes = [...values]
    .filter(([key, value]) => !isSame(present.get(key), value))
    .map(
      ([key, value]) =>
        () =>
          write(store, key, value, present.get(key)),
    );
  const removals = entries
    .filter((entry) => !values.has(entry.key))
    .map((entry) => () => write(store, entry.key, undefined, entry));
  const waiting = [...writes, ...removals].values();
  const work = async () => {
    for (const next of waiting) await next();
  };
  await Promise.all(Array.from({ length: PARALLEL_WRITES }, work));
}

function isSame(present: StoredEntry | undefined, value: Buffer): boolean {
  return present !== undefined && value.equals(present.value);
}

async function write(
  store: Store,
  key: string,
  value: Buffer | undefined,
  present: StoredEntry | undefined,
): Promise<void> {
  const outcome = await store.write(key, value, present?.revision ?? 0);
  if (!outcome.written)
    throw new VigilError(
      'STORE_IN_USE',
      'conflict',
      `${key} was changed by somebody else while the backup was read back`,
    );
}

function parse(line: Buffer, number: number): Readonly<Record<string, unknown>> {
  try {
    const parsed = JSON.parse(line.toString('utf8')) as unknown;
    if (typeof parsed === 'object' && parsed !== null) return parsed as Readonly<Record<string, unknown>>;
  } catch {
    // Said below.
  }
  throw damaged(`line ${number} is not JSON`);
}

function damaged(what: string): VigilError {
  return new VigilError('BACKUP_DAMAGED', 'invalid', `the backup cannot be used: ${what}`);
}
