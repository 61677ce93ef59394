import type { ProbePoint } from '../../lib/health-api.ts';
import type { Paint } from './colour.ts';

/** What of an attempt a strip shows. */
type Shown = Pick<ProbePoint, 'outcome' | 'latencyMs'>;

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** The last results of a probe, oldest first: height is latency against the slowest shown, a low red bar is a failure, `·` one that could not run. */
export function probeStrip(records: readonly Shown[], paint: Paint, width = 20): string {
  const shown = records.slice(-width);
  const slowest = Math.max(
    1,
    ...shown.filter((record) => record.outcome === 'success').map((record) => record.latencyMs),
  );
  return shown
    .map((record) => {
      if (record.outcome === 'unknown') return paint('dim', '·');
      if (record.outcome === 'failure') return paint('bad', bars[0]);
      const height = 2 + Math.round((record.latencyMs / slowest) * (bars.length - 3));
      return paint('ok', bars[height] ?? '▇');
    })
    .join('');
}
