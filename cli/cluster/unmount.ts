import { readFileSync } from 'node:fs';
import { runCommand } from './run-command.ts';

/** Where things are mounted below `folder`, the deepest first, from the text of `/proc/self/mountinfo`. */
export function mountsBelow(mountinfo: string, folder: string): readonly string[] {
  return mountinfo
    .split('\n')
    .map((line) =>
      (line.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    )
    .filter((path) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}

/** Undoes what engines that were killed have left mounted below `folder`, so that it can be removed. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const path of mountsBelow(readFileSync('/proc/self/mountinfo', 'utf8'), folder))
    await runCommand('umount', '-l', path);
}
