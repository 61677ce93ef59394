import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A short hash of texts in order. */
export function hashOf(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 24);
}

/** A file of the repository: its path below `root`. */
export interface SourceFile {
  readonly path: string;
  readonly content: Buffer;
}

/** Files below `root` that match `patterns`, sorted by path, without those `exclude` accepts. */
export function readSources(
  root: string,
  patterns: readonly string[],
  exclude: (path: string) => boolean,
): readonly SourceFile[] {
  return globSync([...patterns], { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !exclude(path))
    .sort()
    .map((path) => ({ path, content: readFileSync(join(root, path)) }));
}

export function hashOfSources(files: readonly SourceFile[]): string {
  return hashOf(...files.flatMap((file) => [file.path, file.content]));
}
