import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { BulkServer, type BulkBehaviour } from '../../support/logs/bulk-server.ts';
import { containerId } from '../../support/logs/docker-log-files.ts';
import {
  byPosition,
  countLoss,
  KilledAgainAndAgain,
  startShipper,
  startStore,
  writeLines,
  type LossPlan,
} from '../../support/logs/loss-run.ts';

const behaviours: readonly BulkBehaviour[] = [
  'ok',
  { status: 503 },
  'ok',
  { status: 429 },
  { halfFailed: 2 },
  'closes',
  'ok',
  'stores-then-closes',
  { halfFailed: 3 },
];
const none = { missing: 0, duplicate: 0, misordered: 0 };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vigil-loss-'));
});
const programs: KilledAgainAndAgain[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) await program.end();
  rmSync(root, { recursive: true, force: true });
});

const plan = (): LossPlan => ({
  root,
  writers: 10,
  linesEach: 3_000,
  rotateEvery: 400,
  durationMs: 6_000,
  keptFiles: 20,
});

function allDone(): boolean {
  return Array.from({ length: plan().writers }, (_, w) =>
    existsSync(join(root, `sources/${containerId(w)}.done`)),
  ).every(Boolean);
}

test('nothing is lost, doubled or out of order while the shipper is killed and the store fails in every way', async () => {
  const server = new BulkServer();
  const url = await server.listen();
  server.behaviour = () => behaviours[server.requests % behaviours.length] ?? 'ok';
  const shipper = new KilledAgainAndAgain(() => startShipper(root, url), 900);
  programs.push(shipper);
  shipper.begin();
  await writeLines(plan());
  await shipper.calm();
  await eventually('every container is marked as shipped', allDone, 60_000);
  await shipper.end();
  await server.close();
  expect(shipper.kills).toBeGreaterThan(3);
  const stored = [...server.ids]
    .map(([id, document]) => ({ id, ...(JSON.parse(document) as { message: string; stream: string }) }))
    .sort((a, b) => byPosition(a.id, b.id));
  expect(countLoss(plan(), stored)).toMatchObject(none);
});

test('nothing is lost or doubled while shipper and embedded store are killed again and again', async () => {
  const probe = new BulkServer();
  const port = Number(new URL(await probe.listen()).port);
  await probe.close();
  const dataDir = join(root, 'data');
  const store = new KilledAgainAndAgain(() => startStore(dataDir, port), 1_700);
  const shipper = new KilledAgainAndAgain(() => startShipper(root, `http://127.0.0.1:${port}`), 1_100);
  programs.push(store, shipper);
  store.begin();
  shipper.begin();
  await writeLines(plan());
  await Promise.all([shipper.calm(), store.calm()]);
  await eventually('every container is marked as shipped', allDone, 60_000);
  const stored: { id: string; message: string; stream: string }[] = [];
  let after: unknown;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/logs-vigil.containers-default/_search`, {
      method: 'POST',
      body: JSON.stringify({
        size: 5_000,
        sort: [{ '@timestamp': { order: 'asc', format: 'strict_date_optional_time_nanos' } }, { 'log.offset': 'asc' }],
        _source: ['message', 'stream'],
        ...(after ? { search_after: after } : {}),
      }),
    });
    const body = (await response.json()) as {
      hits: { hits: { _id: string; _source: { message: string; stream: string }; sort: unknown }[] };
    };
    for (const hit of body.hits.hits) stored.push({ id: hit._id, ...hit._source });
    after = body.hits.hits.at(-1)?.sort;
    if (!after) break;
  }
  await Promise.all([shipper.end(), store.end()]);
  expect(store.kills).toBeGreaterThan(1);
  expect(countLoss(plan(), stored)).toMatchObject(none);
});
