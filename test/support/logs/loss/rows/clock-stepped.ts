import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../eventually.ts';
import { containerId, dockerEntry, DockerLogFiles, logSource, writeSource } from '../../docker-log-files.ts';
import { KilledAgainAndAgain } from '../killed-again-and-again.ts';
import { LossCounter, numberedLine } from '../loss-count.ts';
import type { LossRow } from '../loss-row.ts';
import { startShipper } from '../platform-processes.ts';
import { readStore } from '../read-store.ts';

const SECOND_NS = 1_000_000_000n;
/** What the clock does before each next stretch of lines. */
const STEPS_NS = [
  0n,
  3_600n * SECOND_NS,
  -7_200n * SECOND_NS,
  -1n,
  86_400n * SECOND_NS,
  -86_400n * SECOND_NS,
  -SECOND_NS,
];
const LINES_A_STRETCH = 500;
const KEPT_FILES = 20;
const TIMEOUT_MS = 60_000;
/** Seeds of containers' ids that no other test uses. */
const SEED = 7_000;

/**
 * Files as an engine writes them while its clock steps, within a file and between two: the machine's own clock is not a test's to set. Order is that of the places
 * in the files, because by time the lines have none.
 */
export const clockStepped: LossRow = {
  name: 'clock',
  title: 'clock stepped to and fro (files written by the test)',
  async run(loss) {
    const root = mkdtempSync(join(tmpdir(), 'vigil-clock-'));
    const id = containerId(SEED + process.pid);
    const url = loss.road.url;
    const shipper = new KilledAgainAndAgain(
      () => startShipper(root, { name: 'store', kind: 'elasticsearch', url }),
      700,
    );
    try {
      const sources = join(root, 'sources');
      const files = new DockerLogFiles(join(root, 'containers'), id, KEPT_FILES);
      files.append('');
      writeSource(sources, logSource(id, files.path));
      shipper.begin();
      const lines = await writeStretches(files);
      await shipper.calm();
      writeSource(sources, logSource(id, files.path, { endedAt: new Date().toISOString() }));
      await eventually('all is shipped', () => existsSync(join(sources, `${id}.done`)), TIMEOUT_MS);
      return (await countByPlace(loss.storeUrl, id)).result([{ lines }]);
    } finally {
      await shipper.end();
      rmSync(root, { recursive: true, force: true });
    }
  },
};

/** A stretch of lines after each step, first in one file each two stretches, then with a rotation at each step. */
async function writeStretches(files: DockerLogFiles): Promise<number> {
  let timeNs = BigInt(Date.now()) * 1_000_000n;
  let n = 0;
  for (const [index, step] of [...STEPS_NS, ...STEPS_NS].entries()) {
    timeNs += step;
    if (index >= STEPS_NS.length || index % 2 === 1) files.rotate();
    for (const end = n + LINES_A_STRETCH; n < end; n++) {
      files.append(dockerEntry(`${numberedLine(0, n)}\n`, (timeNs += 1_000n)));
      if (n % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return n;
}

async function countByPlace(url: string, id: string): Promise<LossCounter> {
  const stored: { readonly message: string; readonly rotation: string; readonly offset: number }[] = [];
  await readStore(url, { 'container.id': id }, ({ id: documentId, message, offset }) => {
    stored.push({ message, rotation: documentId.split('-')[1] ?? '', offset });
  });
  // Files follow one another in the order of their first lines: that is how they were written.
  const firstOf = new Map<string, number>();
  for (const { message, rotation, offset } of stored)
    if (offset === 0) firstOf.set(rotation, Number(/ n(\d+) /.exec(message)?.[1] ?? Number.MAX_SAFE_INTEGER));
  const place = (rotation: string) => firstOf.get(rotation) ?? Number.MAX_SAFE_INTEGER;
  stored.sort((a, b) => place(a.rotation) - place(b.rotation) || a.offset - b.offset);
  const counter = new LossCounter();
  for (const { message } of stored) counter.add(message, 'stdout');
  return counter;
}
