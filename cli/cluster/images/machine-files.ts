import { execFileSync } from 'node:child_process';
import { realpathSync, statSync } from 'node:fs';
import type { TarEntry } from './tar-file.ts';

/** Files of this machine at the paths where they are here, with the folders above them; links become what they point at. */
export function machineFiles(paths: readonly string[]): readonly TarEntry[] {
  const unique = [...new Set(paths)];
  const folders = new Set(unique.flatMap((path) => foldersAbove(path)));
  return [
    ...[...folders].sort().map((name) => ({ kind: 'directory', name }) as const),
    ...unique.map(
      (path) =>
        ({ kind: 'file', name: path.slice(1), source: realpathSync(path), sizeBytes: statSync(path).size }) as const,
    ),
  ];
}

/** The shared libraries that a program is loaded with, the loader included. */
export function librariesOf(program: string): readonly string[] {
  return sharedLibraries(execFileSync('ldd', [program], { encoding: 'utf8' }));
}

/** The absolute paths in the output of `ldd`. */
export function sharedLibraries(lddOutput: string): readonly string[] {
  return [...lddOutput.matchAll(/(?:=>\s+|^\s+)(\/\S+)\s+\(0x/gm)].map((match) => match[1] ?? '');
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.slice(1).split('/').slice(0, -1);
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`);
}
