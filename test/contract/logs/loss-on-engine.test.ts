import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LossCluster, newNamespace } from '../../support/logs/loss/loss-cluster.ts';
import type { LossRow, LossSize } from '../../support/logs/loss/loss-row.ts';
import { clockStepped } from '../../support/logs/loss/rows/clock-stepped.ts';
import { allAtOnce } from '../../support/logs/loss/rows/killed-processes.ts';
import { askedToEnd, killedWriters } from '../../support/logs/loss/rows/last-lines.ts';
import { conflictingLabels, garbage, longLines } from '../../support/logs/loss/rows/odd-lines.ts';
import { shortLived } from '../../support/logs/loss/rows/short-lived.ts';

const size: LossSize = {
  lines: 40_000,
  writers: 5,
  shortLived: 12,
  ended: 2,
  kills: 3,
  outageMs: 2_000,
  longLines: 5,
  garbageLines: 20,
  firehoseMs: 500,
};
let loss: LossCluster;
beforeAll(async () => {
  loss = await LossCluster.start();
});
afterAll(async () => {
  await loss?.stop();
});

/** The most telling rows of `npm run bench -- loss`, with few lines: real containers, agent, shipper and store. */
async function expectClean(row: LossRow): Promise<void> {
  const namespace = `loss-${row.name}`;
  await newNamespace(loss.cluster, namespace);
  const result = await row.run(loss, namespace, size);
  expect(result.expected).toBeGreaterThan(0);
  expect(result).toMatchObject({ missing: 0, twice: 0, split: 0, misordered: 0 });
}

describe.concurrent('no line is lost, doubled, split or out of order:', () => {
  const rows = [shortLived, killedWriters, askedToEnd, conflictingLabels, longLines, garbage, clockStepped];
  test.each(rows.map((row) => [row.title, row] as const))('%s', (_title, row) => expectClean(row));
});

test(`no line is lost, doubled, split or out of order: ${allAtOnce.title}`, () => expectClean(allAtOnce));
