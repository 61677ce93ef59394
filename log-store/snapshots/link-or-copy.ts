import { copyFile, link, open, rename, rm } from 'node:fs/promises';

/** Errors of `link` that mean "not here", not "not possible": other devices, file systems without hard links, too many links. */
const notHere: ReadonlySet<string | undefined> = new Set([
  'EXDEV',
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EMLINK',
  'ENOSYS',
]);

/** Makes `to` the same file as `from` where the file system can do that, else a copy. Only for files that never change again. An existing `to` stays. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (!notHere.has(code)) throw error;
    await copyBytes(from, to, undefined);
  }
}

/** Copies the first `bytes` of a file (all when absent), written aside, synced and renamed: what has the name is whole. */
export async function copyBytes(from: string, to: string, bytes: number | undefined): Promise<void> {
  const aside = `${to}.tmp`;
  try {
    await copyFile(from, aside);
    const file = await open(aside, 'r+');
    try {
      if (bytes !== undefined) await file.truncate(bytes);
      await file.chmod(0o600);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, to);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
