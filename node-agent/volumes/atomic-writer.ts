import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VigilError } from '../../lib/errors.ts';

export interface PayloadFile {
  readonly data: Buffer;
  /** Permission bits. */
  readonly mode: number;
  /** The user whose it is; absent = root. */
  readonly ownerId?: number | undefined;
}

/** Relative paths without `..`, `/` between segments. */
export type Payload = ReadonlyMap<string, PayloadFile>;

const DATA = '..data';

/**
 * Makes `dir` show exactly `payload`, all at once: files lie in a folder of their own to which `..data` points, and everything visible is a link through `..data`, so
 * readers see the old files or the new ones and never a mixture (as kubelet's volumes do). Resolves with whether anything changed.
 */
export async function writeAtomically(dir: string, payload: Payload, groupId?: number): Promise<boolean> {
  for (const path of payload.keys()) checkPath(path);
  await mkdir(dir, { recursive: true, mode: 0o755 });
  const dataLink = join(dir, DATA);
  const before = await readlink(dataLink).catch(() => undefined);
  if (before !== undefined && (await holds(join(dir, before), payload, groupId))) {
    await linkVisible(dir, payload);
    return false;
  }
  const fresh = `..${randomBytes(8).toString('hex')}`;
  await writeFiles(join(dir, fresh), payload, groupId);
  const aside = join(dir, `${DATA}_tmp`);
  await rm(aside, { force: true });
  await symlink(fresh, aside);
  await rename(aside, dataLink);
  await linkVisible(dir, payload);
  await removeStale(dir, fresh, payload);
  return true;
}

function checkPath(path: string): void {
  const segments = path.split('/');
  if (path === '' || path.startsWith('/') || segments.includes('..') || path.startsWith('..') || path.length > 4096) {
    throw new VigilError('VOLUME_PATH_INVALID', 'invalid', `invalid path ${JSON.stringify(path)} in a volume`);
  }
}

/** Cheap first: names and sizes, then bytes. */
async function holds(folder: string, payload: Payload, groupId: number | undefined): Promise<boolean> {
  const present = await filesBelow(folder);
  if (present.length !== payload.size) return false;
  for (const [path, file] of payload) {
    const info = await stat(join(folder, path)).catch(() => undefined);
    if (!info?.isFile() || info.size !== file.data.length || (info.mode & 0o777) !== modeOf(file, groupId))
      return false;
    if (file.ownerId !== undefined && info.uid !== file.ownerId) return false;
    if (!(await readFile(join(folder, path))).equals(file.data)) return false;
  }
  return true;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function writeFiles(folder: string, payload: Payload, groupId: number | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  for (const [path, file] of payload) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    // The mode of an open call is cut by the umask: written closed, opened up after.
    await writeFile(target, file.data, { mode: 0o600, flag: 'wx' });
    await chmod(target, modeOf(file, groupId));
    if (groupId !== undefined || file.ownerId !== undefined)
      await chown(target, file.ownerId ?? 0, groupId ?? 0).catch(() => undefined);
  }
}

/** With a group of its own, whoever the owner may read is readable for the group too. */
function modeOf(file: PayloadFile, groupId: number | undefined): number {
  return groupId === undefined ? file.mode : file.mode | ((file.mode & 0o400) >> 3);
}

async function linkVisible(dir: string, payload: Payload): Promise<void> {
  for (const name of topNames(payload)) {
    const link = join(dir, name);
    if (await lstat(link).catch(() => undefined)) continue;
    await symlink(join(DATA, name), link);
  }
}

async function removeStale(dir: string, fresh: string, payload: Payload): Promise<void> {
  const wanted = topNames(payload);
  for (const name of await readdir(dir)) {
    if (name === DATA || name === fresh || wanted.has(name)) continue;
    await rm(join(dir, name), { recursive: true, force: true });
  }
}

function topNames(payload: Payload): Set<string> {
  return new Set([...payload.keys()].map((path) => path.split('/', 1)[0] ?? path));
}
