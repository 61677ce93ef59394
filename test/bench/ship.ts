import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { writeBenchLogs } from './peers/bench-logs.ts';
import type { Availability, Contender } from './peers/contender.ts';
import { figuresOf, targetsOf, type Figures } from './peers/figures.ts';
import { measureKill } from './peers/kill.ts';
import { measureLatency } from './peers/latency.ts';
import { otelCollector } from './peers/otel-collector.ts';
import { RSYSLOG, rsyslog } from './peers/rsyslog.ts';
import { measureThroughput, type Throughput } from './peers/throughput.ts';
import { vigil } from './peers/vigil.ts';
import { isMet, type Target } from './targets.ts';

const LINES = Number(process.env['BENCH_LINES'] ?? 2_000_000);
/** A shipper and its sink keep two cores busy; a load of more than this for each core is somebody else's. */
const BUSY_LOAD_PER_CORE = 1.5;

/** What became of one contender. */
type Result =
  | { readonly kind: 'measured'; readonly contender: Contender; readonly figures: Figures }
  | { readonly kind: 'missing'; readonly name: string; readonly reason: string };

/**
 * `npm run bench -- ship [--alone] [--assert]`: Vigil's shipper and its peers over the same logs into sinks that only count. `--alone` leaves the peers out;
 * `--assert` ends with code 1 when Vigil misses a target; when it ships not at all, that is the code anyway.
 */
export async function run(options: readonly string[]): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'vigil-ship-'));
  try {
    const logs = writeBenchLogs(join(root, 'logs'), LINES);
    console.log(`${logs.lines} lines, ${(logs.bytes / 1e6).toFixed(0)} MB in json-file logs`);
    const peers = options.includes('--alone') ? [] : [rsyslog(), otelCollector()];
    const results: Result[] = [];
    for (const one of [{ kind: 'ready', contender: vigil } satisfies Availability, ...peers]) {
      const result = one.kind === 'ready' ? await measure(one.contender, logs, root) : one;
      console.log(describe(result));
      results.push(result);
    }
    const own = figuresNamed(results, vigil.name);
    const targets = own ? targetsOf(own, figuresNamed(results, RSYSLOG)) : [];
    report(results, targets);
    if (!own || (options.includes('--assert') && !targets.every(isMet))) process.exitCode = 1;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** A peer that fails is reported, so that the others are still measured. */
async function measure(
  contender: Contender,
  logs: Parameters<typeof measureThroughput>[1],
  root: string,
): Promise<Result> {
  try {
    const latency = await measureLatency(contender, join(root, 'latency'));
    const runs: Throughput[] = [];
    for (let n = 0; n < contender.runs; n++) runs.push(await measureThroughput(contender, logs, join(root, 'run')));
    const kill = await measureKill(contender, join(root, 'kill'));
    return { kind: 'measured', contender, figures: figuresOf(runs, latency, kill) };
  } catch (error) {
    return { kind: 'missing', name: contender.name, reason: messageOf(error) };
  }
}

function describe(result: Result): string {
  if (result.kind === 'missing') return `✗ ${result.name}: ${result.reason}`;
  const loads = loadavg();
  const isBusy = (loads[0] ?? 0) > BUSY_LOAD_PER_CORE * availableParallelism();
  const load = `load ${loads.map((value) => value.toFixed(1)).join(' ')}`;
  const note = isBusy ? ', a busy machine: CPU-s and memory hold, times of the clock do not' : '';
  return `✓ ${result.contender.name} (${result.contender.how}; runs: ${result.contender.runs}; ${load}${note})`;
}

/** Prints the figures, what Vigil's are of each peer's, and the targets. */
function report(results: readonly Result[], targets: readonly Target[]): void {
  const measured = results.flatMap((result) => (result.kind === 'measured' ? [result] : []));
  console.table(Object.fromEntries(measured.map(({ contender, figures }) => [contender.name, rowOf(figures)])));
  const own = figuresNamed(results, vigil.name);
  for (const { contender, figures } of measured) {
    if (own && contender !== vigil) console.log(ratios(own, contender.name, figures));
  }
  for (const target of targets) {
    const { name, is, bound, figure } = target;
    console.log(`${isMet(target) ? '✓' : '✗'} ${rounded(figure)} ${name}, to be ${is} ${bound}`);
  }
}

function rowOf(figures: Figures): Record<string, string | number> {
  return {
    'lines/s': Math.round(figures.linesPerSecond),
    'CPU-s per million': figures.cpuSecondsPerMillion.toFixed(2),
    'peak RSS MB': Math.round(figures.peakRssMb),
    'line p50 ms': figures.lineP50Ms.toFixed(1),
    'line p99 ms': figures.lineP99Ms.toFixed(1),
    'new container p99 ms': figures.newContainerP99Ms.toFixed(1),
    'lost after kill': figures.lost,
    'doubled after kill': figures.doubled,
    'bytes a line': Math.round(figures.bytesPerLine),
  };
}

function ratios(own: Figures, name: string, peer: Figures): string {
  const times = (figure: (one: Figures) => number) => `${rounded(figure(own) / figure(peer))} ×`;
  return [
    `Vigil to ${name}: ${times((one) => one.linesPerSecond)} the lines/s`,
    `${times((one) => one.cpuSecondsPerMillion)} the CPU-s`,
    `${times((one) => one.peakRssMb)} the memory`,
    `${times((one) => one.lineP99Ms)} the line p99`,
  ].join(', ');
}

function rounded(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(2);
}

function figuresNamed(results: readonly Result[], name: string): Figures | undefined {
  for (const result of results) {
    if (result.kind === 'measured' && result.contender.name === name) return result.figures;
  }
  return undefined;
}
