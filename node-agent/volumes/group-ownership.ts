import { chmod, lchown, lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a group is given on files (read, write) and on folders (that, and entering; new files belong to the group). */
const FILE_BITS = 0o660;
const FOLDER_BITS = 0o2770;

/**
 * Gives everything in a volume to a group, as upstream does with `fsGroup`. With `onlyOnMismatch` nothing is done when the top folder has the group already: large volumes
 * are not walked at each start. Links are not followed.
 */
export async function giveToGroup(path: string, groupId: number, onlyOnMismatch: boolean): Promise<void> {
  const top = await lstat(path);
  if (onlyOnMismatch && top.gid === groupId && (top.mode & FOLDER_BITS) === FOLDER_BITS) return;
  // Bottom up: the top folder says that it was done only when it was.
  await giveContents(path, groupId);
  await give(path, groupId);
}

async function giveContents(path: string, groupId: number): Promise<void> {
  for await (const entry of await opendir(path)) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) await giveContents(inner, groupId);
    await give(inner, groupId).catch((error: unknown) => {
      // A server that still runs elsewhere in the pod may remove files meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
  }
}

async function give(path: string, groupId: number): Promise<void> {
  const info = await lstat(path);
  await lchown(path, info.uid, groupId);
  if (info.isSymbolicLink()) return;
  await chmod(path, (info.mode & 0o7777) | (info.isDirectory() ? FOLDER_BITS : FILE_BITS));
}
