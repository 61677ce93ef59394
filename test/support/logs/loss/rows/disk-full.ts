import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pods } from '../../../../../lib/kube/resources.ts';
import { eventually } from '../../../eventually.ts';
import { mustRun } from '../../../run-program.ts';
import { countShipped, killProcess, podsEnded } from '../loss-cluster.ts';
import { type LossRow } from '../loss-row.ts';
import { shipperConfigOf, shipperStatusAfter, withShipperConfig } from '../shipper-under-test.ts';
import { longLineCommand, writerPod } from '../writers.ts';
import { burstsWhile, fewer } from './bursts.ts';
import { withNote } from '../loss-result.ts';

const SMALL_DISK = '1m';

/** Checkpoints cannot be written, the shipper is killed meanwhile, and what is held waits on the disk of the logs. */
export const stateDiskFull: LossRow = {
  name: 'disk-full',
  title: "disk of the shipper's state full, store away, then freed",
  async run(loss, namespace, size) {
    const { cluster, road } = loss;
    const stateDir = join(loss.outDir(namespace), 'state');
    mkdirSync(stateDir);
    await mustRun('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK},mode=700`, 'vigil-loss', stateDir]);
    try {
      const holds = { dir: join(shipperConfigOf(cluster).stateDir, 'holds') };
      return await withShipperConfig(cluster, { stateDir, holds }, () =>
        burstsWhile(loss, namespace, fewer(size), async (writing) => {
          const filling = join(stateDir, 'filling');
          fill(filling);
          road.trouble = () => ({ status: 503 });
          await writing;
          killProcess(cluster, 'shipper');
          road.trouble = () => 'none';
          const before = road.stored;
          await eventually('bulks are stored although checkpoints are not', () => road.stored > before);
          killProcess(cluster, 'shipper');
          rmSync(filling);
        }),
      );
    } finally {
      road.trouble = () => 'none';
      await mustRun('umount', ['--lazy', stateDir]);
    }
  },
};

const LINE_BYTES = 1_024;
const HELD_BYTES = 16 * 1024 * 1024;
/** Beyond the five files of 10 MiB that the engine keeps, and what may be held. */
const WRITTEN_LINES = 150_000;
const TIMEOUT_MS = 120_000;

/** What is given up must be what the shipper says it gave up: only other lines count as missing. */
export const bufferFull: LossRow = {
  name: 'buffer-full',
  title: 'buffer beyond its bound: the oldest lines go, and are counted',
  async run(loss, namespace) {
    const { cluster, road } = loss;
    return withShipperConfig(cluster, { holds: { maxBytes: HELD_BYTES } }, async () => {
      road.trouble = () => ({ status: 503 });
      try {
        const command = longLineCommand(0, WRITTEN_LINES, LINE_BYTES);
        await cluster.client.create(pods, writerPod({ namespace, writer: 0, command }));
        await podsEnded(cluster, namespace, TIMEOUT_MS);
      } finally {
        road.trouble = () => 'none';
      }
      const result = await countShipped(loss, namespace, [{ lines: WRITTEN_LINES }], { withinMs: TIMEOUT_MS });
      const { lostLines } = await shipperStatusAfter(cluster, Date.now());
      if (lostLines === 0) throw new Error('nothing was given up: the buffer was never full');
      const unsaid = { ...result, missing: Math.abs(result.missing - lostLines) };
      return withNote(unsaid, `${lostLines.toLocaleString('en')} given up and counted`);
    });
  },
};

/** Writes until there is no room for a byte more. */
function fill(path: string): void {
  const bytes = Buffer.alloc(1024);
  for (;;) {
    try {
      writeFileSync(path, bytes, { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}
