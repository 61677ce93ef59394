import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { wholeValue } from '../../lib/kube/quantity.ts';
import type { Volume } from '../../lib/kube/types.ts';

const run = promisify(execFile);
const MOUNT_TIMEOUT_MS = 10_000;

/** An empty folder that lives as long as the pod; with medium `Memory` a tmpfs of at most `sizeLimit`. Does nothing when it is there already. */
export async function prepareEmptyDir(
  path: string,
  emptyDir: NonNullable<Volume['emptyDir']>,
  groupId: number | undefined,
): Promise<void> {
  await mkdir(path, { recursive: true });
  if (emptyDir.medium === 'Memory' && !(await isMountPoint(path))) {
    const size = emptyDir.sizeLimit === undefined ? [] : [`size=${wholeValue(emptyDir.sizeLimit)}`];
    const options = ['mode=0777', ...size].join(',');
    await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { timeout: MOUNT_TIMEOUT_MS });
  }
  // Any user of the container may write; with a group, new files belong to it.
  if (groupId === undefined) await chmod(path, 0o777);
  else {
    await chown(path, 0, groupId).catch(() => undefined);
    await chmod(path, 0o2777);
  }
}

export async function unmountIfMounted(path: string): Promise<void> {
  if (await isMountPoint(path)) await run('umount', [path], { timeout: MOUNT_TIMEOUT_MS });
}

async function isMountPoint(path: string): Promise<boolean> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return table.split('\n').some((line) => line.split(' ')[4] === path);
}
