import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pods } from '../../../../../lib/kube/resources.ts';
import { eventually } from '../../../eventually.ts';
import { mustRun } from '../../../run-program.ts';
import { countShipped, podsEnded } from '../loss-cluster.ts';
import type { LossRow } from '../loss-row.ts';
import { countingCommand, farewellCommand, writerName, writerPod } from '../writers.ts';

const KILL_AFTER_LINES = 200;
const BEFORE_LINES = 50;
const FAREWELL_LINES = 500;
const GRACE_SECONDS = 10;
const TIMEOUT_MS = 90_000;

export const killedWriters: LossRow = {
  name: 'sigkill',
  title: 'last lines before SIGKILL',
  async run(loss, namespace, { ended }) {
    const { cluster } = loss;
    const writers = Array.from({ length: ended }, (_, writer) => writer);
    const outDir = loss.outDir(namespace);
    for (const writer of writers) {
      await cluster.client.create(pods, writerPod({ namespace, writer, outDir, command: countingCommand(writer) }));
    }
    for (const writer of writers) {
      await eventually(`writer ${writer} writes`, () => countedLines(outDir, writer) > KILL_AFTER_LINES, TIMEOUT_MS);
      const id = await eventually('the container is known', async () => {
        const pod = await cluster.client.get(pods, { namespace, name: writerName(writer) });
        return pod.status?.containerStatuses?.[0]?.containerID?.replace('docker://', '');
      });
      await mustRun('docker', ['kill', '--signal=KILL', id]);
    }
    await podsEnded(cluster, namespace, TIMEOUT_MS);
    const written = writers.map((writer) => ({ lines: countedLines(outDir, writer), maybeOneMore: true }));
    return countShipped(loss, namespace, written, { withinMs: TIMEOUT_MS });
  },
};

export const askedToEnd: LossRow = {
  name: 'sigterm',
  title: 'lines written during SIGTERM, pod deleted',
  async run(loss, namespace, { ended }) {
    const { cluster } = loss;
    const writers = Array.from({ length: ended }, (_, writer) => writer);
    const outDir = loss.outDir(namespace);
    for (const writer of writers) {
      const command = farewellCommand(writer, BEFORE_LINES, FAREWELL_LINES);
      await cluster.client.create(pods, writerPod({ namespace, writer, outDir, command, graceSeconds: GRACE_SECONDS }));
    }
    for (const writer of writers) {
      await eventually(`writer ${writer} can be asked`, () => countedLines(outDir, writer) > 0, TIMEOUT_MS);
    }
    for (const writer of writers) await cluster.client.delete(pods, { namespace, name: writerName(writer) });
    await eventually(
      'all writers are gone',
      async () => (await cluster.client.list(pods, { namespace })).items.length === 0,
      TIMEOUT_MS,
    );
    const written = writers.map(() => ({ lines: BEFORE_LINES + FAREWELL_LINES }));
    // What is shipped is removed at once, announcement and all.
    return countShipped(loss, namespace, written, { withinMs: TIMEOUT_MS, containers: 0 });
  },
};

/** How many lines a writer says it wrote; a number that it was killed in the middle of does not count. */
function countedLines(outDir: string, writer: number): number {
  try {
    const text = readFileSync(join(outDir, String(writer)), 'utf8');
    return Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1) ?? 0);
  } catch {
    return 0;
  }
}
