import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogSource } from '../../lib/log-source.ts';
import type { SourceFolder } from './source-folder.ts';

const MAX_SOURCE_BYTES = 1024 * 1024;
const sourceName = /^([0-9a-zA-Z_.-]{8,128})\.json$/;
/** IDs become names of files and folders. */
const containerId = /^[0-9a-zA-Z_][0-9a-zA-Z_.-]{7,127}$/;

/** The `LogSource` files that a node agent writes. */
export class SourceFiles implements SourceFolder {
  readonly dir: string;
  /** What was read, by name, and by what it is told that a file is another one. */
  readonly #read = new Map<string, { readonly stamp: string; readonly source: LogSource }>();

  constructor(dir: string) {
    this.dir = dir;
  }

  watched(): readonly string[] {
    return [this.dir];
  }

  read(invalid: (name: string, reason: string) => void): ReadonlyMap<string, LogSource> {
    const sources = new Map<string, LogSource>();
    let names: string[];
    try {
      names = readdirSync(this.dir);
    } catch {
      return sources;
    }
    for (const name of names) {
      if (!sourceName.test(name)) continue;
      try {
        const source = this.#source(name);
        sources.set(source.containerId, source);
      } catch (error) {
        this.#read.delete(name);
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') invalid(name, (error as Error).message);
      }
    }
    if (this.#read.size > sources.size) {
      const present = new Set(names);
      for (const name of this.#read.keys()) if (!present.has(name)) this.#read.delete(name);
    }
    return sources;
  }

  /** Files are written aside and renamed, so another content is another file. */
  #source(name: string): LogSource {
    const path = join(this.dir, name);
    const { ino, mtimeMs, size } = statSync(path);
    const stamp = `${ino} ${mtimeMs} ${size}`;
    const known = this.#read.get(name);
    if (known?.stamp === stamp) return known.source;
    const source = parseSource(readFileSync(path, 'utf8'));
    this.#read.set(name, { stamp, source });
    return source;
  }

  isDone(id: string): boolean {
    return existsSync(this.#mark(id, 'done'));
  }

  markHeld(id: string): void {
    writeFileSync(this.#mark(id, 'held'), '', { mode: 0o600 });
  }

  markDone(id: string): void {
    writeFileSync(this.#mark(id, 'done'), '', { mode: 0o600 });
  }

  #mark(id: string, what: 'done' | 'held'): string {
    return join(this.dir, `${id}.${what}`);
  }
}

/** Throws an error that names the field when the text is not a source. */
export function parseSource(text: string): LogSource {
  if (text.length > MAX_SOURCE_BYTES) throw new Error(`a source has at most ${MAX_SOURCE_BYTES} bytes`);
  const source = JSON.parse(text) as Partial<Record<keyof LogSource, unknown>>;
  if (source.version !== 1) throw new Error(`version ${String(source.version)} is not known`);
  for (const field of ['containerId', 'path', 'namespace', 'pod', 'podUid', 'container', 'node', 'image'] as const) {
    if (typeof source[field] !== 'string') throw new Error(`${field} is not a string`);
  }
  if (!containerId.test(String(source.containerId))) throw new Error('containerId has characters that an ID has not');
  const workload = source.workload as { kind?: unknown; name?: unknown } | undefined;
  if (typeof workload?.kind !== 'string' || typeof workload.name !== 'string')
    throw new Error('workload has no kind and name');
  return {
    ...(source as unknown as LogSource),
    labels: stringMap(source.labels),
    annotations: stringMap(source.annotations),
  };
}

function stringMap(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
