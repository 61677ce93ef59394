import type { Pod } from '../../../../../lib/kube/types.ts';
import { pods } from '../../../../../lib/kube/resources.ts';
import { countShipped, podsEnded, type LossCluster } from '../loss-cluster.ts';
import type { LossRow } from '../loss-row.ts';
import { burstCommand, garbageCommand, longLineCommand, writerPod } from '../writers.ts';
import type { LossResult } from '../loss-result.ts';

const TIMEOUT_MS = 120_000;
const LONG_LINE_BYTES = 1024 * 1024;
/** Lines of a MiB are read back a few at a time. */
const LONG_PAGE_LINES = 20;
const LABELLED_LINES = 200;

/** Runs pods to their end and reads back `lines` of each. */
async function runToEnd(
  loss: LossCluster,
  namespace: string,
  writers: readonly Pod[],
  lines: number,
  pageLines?: number,
): Promise<LossResult> {
  for (const pod of writers) await loss.cluster.client.create(pods, pod);
  await podsEnded(loss.cluster, namespace, TIMEOUT_MS);
  return countShipped(
    loss,
    namespace,
    writers.map(() => ({ lines })),
    { withinMs: TIMEOUT_MS, ...(pageLines === undefined ? {} : { pageLines }) },
  );
}

export const conflictingLabels: LossRow = {
  name: 'labels',
  title: 'labels that conflict',
  run: (loss, namespace) => {
    // Each is a mapping conflict with another where labels become fields: a value and an object, a word and a number, a date and a word.
    const labels: readonly Readonly<Record<string, string>>[] = [
      { release: 'stable' },
      { 'release.name': 'x', 'release.name.part': 'y' },
      { 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io': 'flat' },
      { release: '7' },
      { release: '2026-11-29' },
      { release: 'true', 'release.name': '1' },
    ];
    const writers = labels.map((more, writer) =>
      writerPod({ namespace, writer, labels: more, command: burstCommand(writer, LABELLED_LINES, 50, 5) }),
    );
    return runToEnd(loss, namespace, writers, LABELLED_LINES);
  },
};

export const longLines: LossRow = {
  name: 'long-lines',
  title: 'lines of 1 MiB',
  run: (loss, namespace, size) => {
    const command = (writer: number) => longLineCommand(writer, size.longLines, LONG_LINE_BYTES);
    const writers = [0, 1].map((writer) => writerPod({ namespace, writer, command: command(writer) }));
    return runToEnd(loss, namespace, writers, size.longLines, LONG_PAGE_LINES);
  },
};

export const garbage: LossRow = {
  name: 'garbage',
  title: 'binary garbage in pieces of any length',
  run: (loss, namespace, size) => {
    const command = (writer: number) => garbageCommand(writer, size.garbageLines);
    const writers = [0, 1].map((writer) => writerPod({ namespace, writer, image: 'node', command: command(writer) }));
    return runToEnd(loss, namespace, writers, size.garbageLines, LONG_PAGE_LINES);
  },
};
