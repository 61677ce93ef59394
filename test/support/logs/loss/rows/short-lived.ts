import { pods } from '../../../../../lib/kube/resources.ts';
import { countShipped, podsEnded } from '../loss-cluster.ts';
import type { LossRow } from '../loss-row.ts';
import { shortLivedCommand, writerPod } from '../writers.ts';

const LINES = 20;
const SHORTEST_MS = 20;
const LONGEST_MS = 500;
/** Pods that are made at once: an engine starts a few a second. */
const BATCH = 20;
const BATCH_TIMEOUT_MS = 120_000;

export const shortLived: LossRow = {
  name: 'short-lived',
  title: 'containers that live 20–500 ms',
  async run(loss, namespace, { shortLived: count }) {
    const { cluster } = loss;
    const writers = Array.from({ length: count }, (_, writer) => writer);
    for (let from = 0; from < count; from += BATCH) {
      for (const writer of writers.slice(from, from + BATCH)) {
        const lifeMs = SHORTEST_MS + Math.round(((LONGEST_MS - SHORTEST_MS) * writer) / count);
        await cluster.client.create(
          pods,
          writerPod({ namespace, writer, command: shortLivedCommand(writer, LINES, lifeMs) }),
        );
      }
      await podsEnded(cluster, namespace, BATCH_TIMEOUT_MS);
    }
    return countShipped(
      loss,
      namespace,
      writers.map(() => ({ lines: LINES })),
      { withinMs: BATCH_TIMEOUT_MS },
    );
  },
};
