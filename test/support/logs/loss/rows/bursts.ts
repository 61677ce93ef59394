import { pods } from '../../../../../lib/kube/resources.ts';
import { countShipped, podsEnded, type LossCluster } from '../loss-cluster.ts';
import type { LossResult, LossRow } from '../loss-row.ts';
import { burstCommand, writerPod } from '../writers.ts';

const WRITERS = 10;
const BURST_LINES = 5_000;
const PAUSE_MS = 50;
const WRITE_TIMEOUT_MS = 300_000;
const SHIP_TIMEOUT_MS = 180_000;

/** Ten pods that write `lines` together in bursts; `meanwhile` runs beside them. */
export async function burstsWhile(
  { cluster }: LossCluster,
  namespace: string,
  lines: number,
  meanwhile: (writing: Promise<void>) => Promise<void>,
): Promise<LossResult> {
  const each = Math.ceil(lines / WRITERS);
  const burst = Math.min(BURST_LINES, Math.ceil(each / 10));
  const writers = Array.from({ length: WRITERS }, (_, writer) => writer);
  for (const writer of writers) {
    await cluster.client.create(
      pods,
      writerPod({ namespace, writer, command: burstCommand(writer, each, burst, PAUSE_MS) }),
    );
  }
  await meanwhile(podsEnded(cluster, namespace, WRITE_TIMEOUT_MS));
  await podsEnded(cluster, namespace, WRITE_TIMEOUT_MS);
  return countShipped(
    cluster,
    namespace,
    writers.map(() => ({ lines: each })),
    { withinMs: SHIP_TIMEOUT_MS },
  );
}

export const bursts: LossRow = {
  name: 'bursts',
  title: 'bursts over 10 containers, rotated at 10 MiB',
  run: (loss, namespace, size) => burstsWhile(loss, namespace, size.lines, (writing) => writing),
};
