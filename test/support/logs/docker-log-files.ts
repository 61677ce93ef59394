import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogSource } from '../../../lib/log-source.ts';

/** One entry of Docker's json-file, as the engine writes it. */
export function dockerEntry(text: string, timeNs: bigint, stream: 'stdout' | 'stderr' = 'stdout'): string {
  return `${JSON.stringify({ log: text, stream, time: formatNanos(timeNs) })}\n`;
}

/** RFC 3339 with nanoseconds and no trailing zeros, as Go writes it. */
export function formatNanos(timeNs: bigint): string {
  const seconds = new Date(Number(timeNs / 1_000_000_000n) * 1_000).toISOString().slice(0, 19);
  const fraction = String(timeNs % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** A container's log folder as Docker keeps it: `<id>-json.log`, rotated to `.1`, `.2`… */
export class DockerLogFiles {
  readonly containerId: string;
  readonly path: string;
  readonly dir: string;
  readonly #maxFiles: number;

  constructor(root: string, containerId: string, maxFiles = 5) {
    this.containerId = containerId;
    this.dir = join(root, containerId);
    this.path = join(this.dir, `${containerId}-json.log`);
    this.#maxFiles = maxFiles;
    mkdirSync(this.dir, { recursive: true });
  }

  append(text: string): void {
    appendFileSync(this.path, text);
  }

  /** By renaming, dropping the oldest. The new file appears with the next write, as with Docker. */
  rotate(): void {
    this.shift();
    rename(this.path, `${this.path}.1`);
    writeFileSync(this.path, '');
  }

  /** Gives each rotated file the next older name. */
  shift(): void {
    for (const suffix of ['', '.gz']) {
      rmSync(`${this.path}.${this.#maxFiles - 1}${suffix}`, { force: true });
      for (let n = this.#maxFiles - 2; n >= 1; n--)
        rename(`${this.path}.${n}${suffix}`, `${this.path}.${n + 1}${suffix}`);
    }
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** A source with what a real pod has. */
export function logSource(containerId: string, path: string, over: Partial<LogSource> = {}): LogSource {
  return {
    version: 1,
    containerId,
    path,
    namespace: 'shop',
    pod: `hello-${containerId.slice(0, 6)}`,
    podUid: `7d0c7e5e-0000-4000-8000-${containerId.slice(0, 12)}`,
    container: 'hello',
    node: 'node-1',
    image: 'demo/hello:1.4.2',
    restartCount: 0,
    labels: { app: 'hello', 'app.kubernetes.io/name': 'hello', 'pod-template-hash': '5d9c8b7f6' },
    annotations: {},
    workload: { kind: 'Deployment', name: 'hello' },
    ...over,
  };
}

/** Written aside and renamed, as the node agent does. */
export function writeSource(dir: string, source: LogSource): void {
  mkdirSync(dir, { recursive: true });
  const aside = join(dir, `.${source.containerId}`);
  writeFileSync(aside, JSON.stringify(source));
  renameSync(aside, join(dir, `${source.containerId}.json`));
}

/** 64 hex digits that look like Docker's. */
export function containerId(seed: number): string {
  let state = (seed + 1) * 2_654_435_761;
  let id = '';
  while (id.length < 64) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) >>> 0;
    state = (state + 0x9e3779b9) >>> 0;
    id += state.toString(16).padStart(8, '0');
  }
  return id.slice(0, 64);
}
