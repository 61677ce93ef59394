import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  containerId,
  dockerEntry,
  DockerLogFiles,
  logSource,
  writeSource,
} from '../../support/logs/docker-log-files.ts';
import type { Contender } from './contender.ts';
import { arrivedLines, numberedLine } from './numbered-lines.ts';
import { end, until } from './shipper-process.ts';

const WARM_LINES = 100;
const PACED_LINES = 500;
const PACE_MS = 10;
const NEW_CONTAINERS = 20;

export interface Latency {
  /** Milliseconds from the write of a line to its arrival, at 100 lines/s. */
  readonly lineMs: readonly number[];
  /** Milliseconds from the first write of a new container to its arrival. */
  readonly newContainerMs: readonly number[];
}

/** Times single lines of one container, then the first line of each of some new ones. Everything is kept in `root` and removed. */
export async function measureLatency(contender: Contender, root: string): Promise<Latency> {
  const containers = join(root, 'containers');
  const sources = join(root, 'sources');
  const sink = contender.newSink();
  const url = await sink.listen();
  const arrivals = new Map<number, number>();
  sink.onBody = (body) => {
    const atMs = performance.now();
    for (const { number } of arrivedLines(body)) if (!arrivals.has(number)) arrivals.set(number, atMs);
  };
  let number = 0;
  const write = (files: DockerLogFiles): { readonly number: number; readonly atMs: number } => {
    const atMs = performance.now();
    appendFileSync(files.path, dockerEntry(`${numberedLine(number)}\n`, BigInt(Date.now()) * 1_000_000n));
    return { number: number++, atMs };
  };
  const first = new DockerLogFiles(containers, containerId(1_000));
  writeFileSync(first.path, '');
  writeSource(sources, logSource(first.containerId, first.path));
  const shipper = contender.start({ root, containers, sources, url });
  const delayOf = async (line: { readonly number: number; readonly atMs: number }): Promise<number> => {
    await until(() => arrivals.has(line.number), shipper, `did not ship line ${line.number}`, 1);
    return (arrivals.get(line.number) ?? Number.NaN) - line.atMs;
  };
  try {
    // Everything is loaded and compiled before it is timed.
    for (let n = 0; n < WARM_LINES; n++) await delayOf(write(first));
    const paced: { readonly number: number; readonly atMs: number }[] = [];
    for (let n = 0; n < PACED_LINES; n++) {
      paced.push(write(first));
      await sleep(PACE_MS);
    }
    const lineMs: number[] = [];
    for (const line of paced) lineMs.push(await delayOf(line));
    const newContainerMs: number[] = [];
    for (let n = 0; n < NEW_CONTAINERS; n++) {
      const fresh = new DockerLogFiles(containers, containerId(2_000 + n));
      const line = write(fresh);
      writeSource(sources, logSource(fresh.containerId, fresh.path));
      newContainerMs.push(await delayOf(line));
    }
    return { lineMs, newContainerMs };
  } finally {
    await end(shipper);
    await sink.close();
    rmSync(root, { recursive: true, force: true });
  }
}
