import { median, quantile } from '../statistics.ts';
import type { Target } from '../targets.ts';
import type { KillOutcome } from './kill.ts';
import type { Latency } from './latency.ts';
import type { Throughput } from './throughput.ts';

/** What one shipper came to: medians of its runs. */
export interface Figures {
  readonly linesPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly peakRssMb: number;
  readonly bytesPerLine: number;
  readonly lineP50Ms: number;
  readonly lineP99Ms: number;
  readonly newContainerP99Ms: number;
  /** After a kill -9 in the middle. */
  readonly lost: number;
  readonly doubled: number;
}

export function figuresOf(runs: readonly Throughput[], latency: Latency, kill: KillOutcome): Figures {
  const middle = (figure: (one: Throughput) => number) => median(runs.map(figure));
  return {
    linesPerSecond: middle((one) => one.linesPerSecond),
    cpuSecondsPerMillion: middle((one) => one.cpuSecondsPerMillion),
    peakRssMb: middle((one) => one.peakRssMb),
    bytesPerLine: middle((one) => one.bytesPerLine),
    lineP50Ms: median(latency.lineMs),
    lineP99Ms: quantile(latency.lineMs, 0.99),
    newContainerP99Ms: quantile(latency.newContainerMs, 0.99),
    ...kill,
  };
}

/** Vigil's targets; one is relative to rsyslog of the same run, when there is one. */
export function targetsOf(vigil: Figures, rsyslog: Figures | undefined): readonly Target[] {
  return [
    { name: 'lines/s', is: 'at least', bound: 500_000, figure: vigil.linesPerSecond },
    { name: 'CPU-s per million lines', is: 'at most', bound: 1.6, figure: vigil.cpuSecondsPerMillion },
    ...(rsyslog
      ? [
          {
            name: "of rsyslog's CPU-s",
            is: 'at most',
            bound: 0.1,
            figure: vigil.cpuSecondsPerMillion / rsyslog.cpuSecondsPerMillion,
          } as const,
        ]
      : []),
    { name: 'MB peak RSS', is: 'at most', bound: 150, figure: vigil.peakRssMb },
    { name: 'ms p99 at 100 lines/s', is: 'at most', bound: 5, figure: vigil.lineP99Ms },
    { name: 'ms p99 to the first line of a new container', is: 'at most', bound: 50, figure: vigil.newContainerP99Ms },
    { name: 'lost after kill -9', is: 'at most', bound: 0, figure: vigil.lost },
    { name: 'stored twice after kill -9', is: 'at most', bound: 0, figure: vigil.doubled },
  ];
}
