import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pods } from '../../../../../lib/kube/resources.ts';
import { startCluster, type TestCluster } from '../../../cluster.ts';
import { eventually } from '../../../eventually.ts';
import { countShipped, newNamespace, podsEnded } from '../loss-cluster.ts';
import { type LossRow } from '../loss-row.ts';
import { burstCommand, writerPod } from '../writers.ts';
import { withNote } from '../loss-result.ts';

const NODE = 'node-2';
const WRITERS = 5;
/** More than a writer gets done before the power fails. */
const LINES_EACH = 100_000;
const BURST_LINES = 500;
const PAUSE_MS = 100;
const KILL_AFTER_LINES = 20_000;
const TIMEOUT_MS = 120_000;

/** What counts is what was in the engine's files when the power failed: what it had not taken from its pipes by then was never a line. */
export const nodeRebooted: LossRow = {
  name: 'reboot',
  title: 'isolated node killed and started again',
  async run(_loss, namespace) {
    const cluster = await startCluster({ name: 'reboot', nodes: 2, isolated: true });
    try {
      await newNamespace(cluster, namespace);
      for (let writer = 0; writer < WRITERS; writer++) {
        const command = burstCommand(writer, LINES_EACH, BURST_LINES, PAUSE_MS);
        await cluster.client.create(pods, writerPod({ namespace, writer, nodeName: NODE, command }));
      }
      await eventually('enough is written', () => total(linesInFiles(cluster)) > KILL_AFTER_LINES, TIMEOUT_MS);
      await cluster.kctl('node', 'kill', NODE);
      const written = linesInFiles(cluster);
      await cluster.kctl('node', 'start', NODE);
      await podsEnded(cluster, namespace, TIMEOUT_MS);
      const count = await countShipped(
        { cluster },
        namespace,
        written.map((only) => ({ lines: LINES_EACH, only })),
        { withinMs: TIMEOUT_MS },
      );
      return withNote(count, `killed after ${total(written).toLocaleString('en')} lines`);
    } finally {
      await cluster.stop();
    }
  },
};

/** Numbers of the lines of each writer in the files of the node's engine. */
function linesInFiles({ home }: TestCluster): readonly ReadonlySet<number>[] {
  const written = Array.from({ length: WRITERS }, () => new Set<number>());
  for (const file of globSync(join(home.node(NODE), 'engine/containers/*/*-json.log*'))) {
    const matches = readFileSync(file, 'latin1').matchAll(/"log":"seq w(\d+) n(\d+) /g);
    for (const [, writer, n] of matches) written[Number(writer)]?.add(Number(n));
  }
  return written;
}

function total(written: readonly ReadonlySet<number>[]): number {
  return written.reduce((sum, { size }) => sum + size, 0);
}
