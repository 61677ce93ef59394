import { mkdirSync, rmSync } from 'node:fs';
import { usageOf } from '../process-usage.ts';
import type { BenchLogs } from './bench-logs.ts';
import type { Contender } from './contender.ts';
import { end, until } from './shipper-process.ts';

/** One run over ready logs, from the start of the process until the sink has every line. */
export interface Throughput {
  readonly linesPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly peakRssMb: number;
  /** Of a body, for each line. */
  readonly bytesPerLine: number;
}

/** Ships `logs`; state and configuration are kept in `root` and removed. */
export async function measureThroughput(contender: Contender, logs: BenchLogs, root: string): Promise<Throughput> {
  const sink = contender.newSink();
  const url = await sink.listen();
  mkdirSync(root, { recursive: true });
  logs.startOver();
  const startMs = performance.now();
  const shipper = contender.start({ root, containers: logs.containers, sources: logs.sources, url });
  try {
    await until(() => sink.items >= logs.lines, shipper, 'did not ship all lines');
    const seconds = (performance.now() - startMs) / 1_000;
    const { cpuSeconds, peakRssBytes } = usageOf(shipper.pid ?? 0);
    return {
      linesPerSecond: logs.lines / seconds,
      cpuSecondsPerMillion: (cpuSeconds / logs.lines) * 1e6,
      peakRssMb: peakRssBytes / 1e6,
      bytesPerLine: sink.bytes / sink.items,
    };
  } finally {
    await end(shipper);
    await sink.close();
    rmSync(root, { recursive: true, force: true });
  }
}
