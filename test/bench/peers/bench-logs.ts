import { closeSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  containerId,
  dockerEntry,
  DockerLogFiles,
  logSource,
  writeSource,
} from '../../support/logs/docker-log-files.ts';

const CONTAINERS = 10;
const FLUSH_CHARS = 1_000_000;
const STARTED_NS = 1_795_000_000_000_000_000n;
/** Containers start one after the other: shippers that tell files apart by how they begin would take them for one. */
const APART_NS = 137_000_019n;

/** Logs that every throughput run reads. */
export interface BenchLogs {
  readonly containers: string;
  readonly sources: string;
  readonly lines: number;
  readonly bytes: number;
  /** Takes away what an earlier run noted beside the sources. */
  startOver(): void;
}

/** Writes json-file logs as ten HTTP services would; an entry has about 280 bytes. */
export function writeBenchLogs(root: string, lines: number): BenchLogs {
  const containers = join(root, 'containers');
  const sources = join(root, 'sources');
  const bytes = writeLogs(containers, sources, lines, (_container, n) => request(n));
  const startOver = (): void => {
    for (const file of readdirSync(sources)) if (file.endsWith('.done')) rmSync(join(sources, file));
  };
  return { containers, sources, lines, bytes, startOver };
}

/** Writes json-file logs of ten containers, `lines` together, and their sources. Returns the bytes of the logs. */
export function writeLogs(
  containers: string,
  sources: string,
  lines: number,
  textOf: (container: number, n: number, each: number) => string,
): number {
  const each = lines / CONTAINERS;
  let bytes = 0;
  for (let c = 0; c < CONTAINERS; c++) {
    const files = new DockerLogFiles(containers, containerId(c));
    const fd = openSync(files.path, 'w');
    const startedNs = STARTED_NS + BigInt(c) * APART_NS;
    let text = '';
    for (let n = 0; n < each; n++) {
      const timeNs = startedNs + BigInt(n) * 1_000_003n;
      text += dockerEntry(`${textOf(c, n, each)}\n`, timeNs, n % 20 === 0 ? 'stderr' : 'stdout');
      if (text.length < FLUSH_CHARS) continue;
      bytes += writeSync(fd, text);
      text = '';
    }
    bytes += writeSync(fd, text);
    closeSync(fd);
    writeSource(sources, logSource(files.containerId, files.path));
  }
  return bytes;
}

function request(n: number): string {
  const time = `2026-11-18T10:${String(n % 60).padStart(2, '0')}:00.000Z`;
  const level = n % 50 === 0 ? 'ERROR' : 'INFO';
  const trace = (n * 2_654_435_761) % 4_294_967_296;
  return `${time} ${level} request ${n} GET /api/v1/items/${(n * 7919) % 100_000} status=200 duration_ms=${n % 250} trace=${trace} user="u${n % 1000}" upstream=10.1.${n % 255}.7 bytes=${n % 65_536} agent="kube-probe/1.36" route=items.show cache=miss`;
}
