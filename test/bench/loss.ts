import { parseArgs } from 'node:util';
import { LossCluster, newNamespace } from '../support/logs/loss/loss-cluster.ts';
import { isClean } from '../support/logs/loss/loss-count.ts';
import type { LossRow, LossSize } from '../support/logs/loss/loss-row.ts';
import { allRows } from '../support/logs/loss/rows/all-rows.ts';
import type { LossResult } from '../support/logs/loss/loss-result.ts';

const LINES = Number(process.env['BENCH_LINES'] ?? 2_000_000);
const size: LossSize = {
  lines: LINES,
  writers: 10,
  shortLived: 200,
  ended: 10,
  kills: 15,
  outageMs: 60_000,
  longLines: 50,
  garbageLines: 200,
  firehoseMs: 10_000,
};

/**
 * `npm run bench -- loss [--only NAME…]`: lines lost, stored twice, split and out of order, counted by their numbers at the store, on the real engine with the real
 * agent, shipper and embedded store. Ends with code 1 when any row is not clean. `BENCH_LINES`: default 2,000,000.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string', multiple: true } },
    strict: true,
  });
  const rows = chosen(values.only);
  const loss = await LossCluster.start();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      loss.stop().then(
        () => process.exit(1),
        (error: unknown) => {
          console.error('the cluster could not be removed:', error);
          process.exit(1);
        },
      );
    });
  }
  try {
    console.log(line('', 'lines', 'missing', 'twice', 'split', 'misordered', 'seconds', ''));
    for (const row of rows) {
      const startMs = performance.now();
      const namespace = `loss-${row.name}`;
      await newNamespace(loss.cluster, namespace);
      try {
        const result = await row.run(loss, namespace, size);
        print(row, result, (performance.now() - startMs) / 1_000);
        if (!isClean(result)) process.exitCode = 1;
      } catch (error) {
        console.error(`${row.name} could not be run:`, error);
        process.exitCode = 1;
      }
      await loss.cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
    }
  } finally {
    await loss.stop();
  }
}

function chosen(names: readonly string[] | undefined): readonly LossRow[] {
  for (const name of names ?? []) {
    if (!allRows.some((row) => row.name === name)) {
      throw new Error(`--only ${name}: there are ${allRows.map((row) => row.name).join(', ')}`);
    }
  }
  return names ? allRows.filter((row) => names.includes(row.name)) : allRows;
}

function print(row: LossRow, result: LossResult, seconds: number): void {
  const { expected, missing, twice, split, misordered, note = '' } = result;
  const cells = [expected, missing, twice, split, misordered].map((count) => count.toLocaleString('en'));
  console.log(line(`${row.title} (${row.name})`, ...cells, seconds.toFixed(0), note));
}

function line(title: string, ...cells: readonly string[]): string {
  const note = cells.at(-1) ?? '';
  const columns = cells.slice(0, -1).map((cell) => cell.padStart(12));
  return `${title.padEnd(72)}${columns.join('')}  ${note}`.trimEnd();
}
