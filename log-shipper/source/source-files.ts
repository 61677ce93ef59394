import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogSource } from '../../lib/log-source.ts';

const MAX_SOURCE_BYTES = 1024 * 1024;
const sourceName = /^([0-9a-zA-Z_.-]{8,128})\.json$/;

/** The `LogSource` files of a folder. A file that cannot be read or is not a source is reported and passed over. */
export function readSources(dir: string, invalid: (name: string, reason: string) => void): Map<string, LogSource> {
  const sources = new Map<string, LogSource>();
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    return sources;
  }
  for (const name of names) {
    if (!sourceName.test(name)) continue;
    try {
      const source = parseSource(readFileSync(join(dir, name), 'utf8'));
      sources.set(source.containerId, source);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') invalid(name, (error as Error).message);
    }
  }
  return sources;
}

/** Throws an error that names the field when the text is not a source. */
function parseSource(text: string): LogSource {
  if (text.length > MAX_SOURCE_BYTES) throw new Error(`a source has at most ${MAX_SOURCE_BYTES} bytes`);
  const source = JSON.parse(text) as Partial<Record<keyof LogSource, unknown>>;
  if (source.version !== 1) throw new Error(`version ${String(source.version)} is not known`);
  for (const field of ['containerId', 'path', 'namespace', 'pod', 'podUid', 'container', 'node', 'image'] as const) {
    if (typeof source[field] !== 'string') throw new Error(`${field} is not a string`);
  }
  const workload = source.workload as { kind?: unknown; name?: unknown } | undefined;
  if (typeof workload?.kind !== 'string' || typeof workload.name !== 'string')
    throw new Error('workload has no kind and name');
  return {
    ...(source as unknown as LogSource),
    labels: stringMap(source.labels),
    annotations: stringMap(source.annotations),
  };
}

/** Says that everything this container wrote is stored. */
export function markDone(dir: string, containerId: string): void {
  writeFileSync(join(dir, `${containerId}.done`), '', { mode: 0o600 });
}

function stringMap(value: unknown): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
