import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** Where things are mounted below `folder`, the deepest first, from the text of `/proc/self/mountinfo`. */
export function mountsBelow(mountinfo: string, folder: string): readonly string[] {
  return mountinfo
    .split('\n')
    .map((line) => unescaped(line.split(' ')[4] ?? ''))
    .filter((path) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

/** Undoes what engines have left mounted below `folder`, so that it can be removed. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const path of mountsBelow(readFileSync('/proc/self/mountinfo', 'utf8'), folder)) {
    await promisify(execFile)('umount', ['-l', path]);
  }
}

/** The kernel writes blanks and the like as three octal digits. */
function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
