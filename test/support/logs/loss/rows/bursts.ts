import { pods } from '../../../../../lib/kube/resources.ts';
import { countShipped, podsEnded, type LossCluster } from '../loss-cluster.ts';
import type { LossRow, LossSize } from '../loss-row.ts';
import { burstCommand, writerPod } from '../writers.ts';
import type { LossResult } from '../loss-result.ts';

const BURST_LINES = 5_000;
const PAUSE_MS = 50;
const WRITE_TIMEOUT_MS = 300_000;
const SHIP_TIMEOUT_MS = 180_000;

interface Bursts extends Pick<LossSize, 'lines' | 'writers'> {
  /** About how long the writing takes, pauses and all; default: as long as it must. */
  readonly overMs?: number;
}

/** Pods that write `lines` together in bursts; `meanwhile` runs beside them. */
export async function burstsWhile(
  loss: LossCluster,
  namespace: string,
  { lines, writers: count, overMs = 0 }: Bursts,
  meanwhile: (writing: Promise<void>) => Promise<void>,
): Promise<LossResult> {
  const each = Math.ceil(lines / count);
  const burst = Math.min(BURST_LINES, Math.ceil(each / 10));
  const pauseMs = Math.max(PAUSE_MS, Math.round(overMs / Math.ceil(each / burst)));
  const writers = Array.from({ length: count }, (_, writer) => writer);
  for (const writer of writers) {
    await loss.cluster.client.create(
      pods,
      writerPod({ namespace, writer, command: burstCommand(writer, each, burst, pauseMs) }),
    );
  }
  await meanwhile(podsEnded(loss.cluster, namespace, WRITE_TIMEOUT_MS));
  await podsEnded(loss.cluster, namespace, WRITE_TIMEOUT_MS);
  return countShipped(
    loss,
    namespace,
    writers.map(() => ({ lines: each })),
    { withinMs: SHIP_TIMEOUT_MS },
  );
}

/** For rows whose trouble is what takes the time: fewer lines, by as many writers. */
export function fewer({ lines, writers }: LossSize): Pick<LossSize, 'lines' | 'writers'> {
  return { lines: lines / 4, writers };
}

export const bursts: LossRow = {
  name: 'bursts',
  title: 'bursts over many containers, rotated at 10 MiB',
  run: (loss, namespace, size) => burstsWhile(loss, namespace, size, (writing) => writing),
};
