import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Arrivals } from './arrivals.ts';
import { writeLogs } from './bench-logs.ts';
import type { Contender } from './contender.ts';
import { arrivedLines, numberedLine } from './numbered-lines.ts';
import { end, until } from './shipper-process.ts';

const LINES = 400_000;
/** After the restart, nothing more is expected when nothing came for this long. */
const QUIET_MS = 8_000;

/** What a store would hold after a shipper was killed in the middle and started again. */
export interface KillOutcome {
  readonly lost: number;
  readonly doubled: number;
}

/** Ships numbered lines, kills the process when a third has arrived, starts it again and counts at the sink. */
export async function measureKill(contender: Contender, root: string): Promise<KillOutcome> {
  const containers = join(root, 'containers');
  const sources = join(root, 'sources');
  writeLogs(containers, sources, LINES, (container, n, each) => numberedLine(container * each + n));
  const arrivals = new Arrivals(LINES);
  const sink = contender.newSink();
  sink.onBody = (body) => {
    for (const line of arrivedLines(body)) arrivals.take(line);
  };
  const task = { root, containers, sources, url: await sink.listen() };
  let shipper = contender.start(task);
  try {
    await until(() => sink.items >= LINES / 3, shipper, 'did not ship a third of the lines', 1);
    await end(shipper, 'SIGKILL');
    shipper = contender.start(task);
    let quietSinceMs = performance.now();
    for (let items = sink.items; performance.now() - quietSinceMs < QUIET_MS; await sleep(50)) {
      if (sink.items === items) continue;
      items = sink.items;
      quietSinceMs = performance.now();
    }
    return { lost: arrivals.missing, doubled: arrivals.doubled };
  } finally {
    await end(shipper);
    await sink.close();
    rmSync(root, { recursive: true, force: true });
  }
}
