import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../../servers/search-server.ts';
import { eventually } from '../../support/eventually.ts';
import { containerId } from '../../support/logs/docker-log-files.ts';
import { KilledAgainAndAgain } from '../../support/logs/loss/killed-again-and-again.ts';
import { writeLines, type LinePlan } from '../../support/logs/loss/line-files.ts';
import { LossCounter, type LossCount } from '../../support/logs/loss/loss-count.ts';
import { startShipper, startStore } from '../../support/logs/loss/platform-processes.ts';
import { readStore } from '../../support/logs/loss/read-store.ts';
import { everyTrouble, TroubledStore } from '../../support/logs/loss/troubled-store.ts';
import { stores, type RunningStore } from './stores.ts';

const SHIP_TIMEOUT_MS = 60_000;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vigil-loss-'));
});
const programs: KilledAgainAndAgain[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) await program.end();
  rmSync(root, { recursive: true, force: true });
});

function killedEvery(everyMs: number, start: () => ReturnType<typeof startShipper>): KilledAgainAndAgain {
  const program = new KilledAgainAndAgain(start, everyMs);
  programs.push(program);
  program.begin();
  return program;
}

const plan = (): LinePlan => ({
  root,
  writers: 10,
  linesEach: 1_000,
  rotateEvery: 150,
  durationMs: 4_000,
  keptFiles: 20,
});
const clean = { expected: 10_000, missing: 0, twice: 0, split: 0, misordered: 0 };

async function everythingShipped(): Promise<void> {
  const writers = Array.from({ length: plan().writers }, (_, w) => join(root, `sources/${containerId(w)}.done`));
  await eventually('every container is marked as shipped', () => writers.every(existsSync), SHIP_TIMEOUT_MS);
}

async function countAt(url: string): Promise<LossCount> {
  await fetch(`${url}/logs-vigil.containers-default/_refresh`, { method: 'POST' });
  const counter = new LossCounter();
  const { writers, linesEach } = plan();
  for (let w = 0; w < writers; w++) {
    await readStore(url, { 'container.id': containerId(w) }, ({ message, stream }) => counter.add(message, stream));
  }
  return counter.result(Array.from({ length: writers }, () => ({ lines: linesEach })));
}

describe.each(Object.entries(stores))('into %s', (kind, start) => {
  let store: RunningStore;
  let road: TroubledStore;
  beforeAll(async () => {
    store = await start();
    road = new TroubledStore(Number(new URL(store.url).port));
  });
  afterAll(async () => {
    await road?.close();
    await store?.stop();
  });

  test('nothing is lost, doubled, split or out of order while the shipper is killed and the store fails in every way', async () => {
    const output = kind === 'opensearch' ? 'opensearch' : 'elasticsearch';
    const url = await road.listen();
    road.trouble = (requests) => everyTrouble[requests % everyTrouble.length] ?? 'none';
    const shipper = killedEvery(900, () => startShipper(root, { name: 'store', kind: output, url }));
    await writeLines(plan());
    await eventually('it was killed more than twice', () => shipper.kills > 2);
    await shipper.calm();
    await everythingShipped();
    await shipper.end();
    expect(road.troubled).toBeGreaterThan(everyTrouble.length);
    expect(await countAt(store.url)).toEqual(clean);
  });
});

test('nothing is lost, doubled, split or out of order while shipper and embedded store are killed again and again', async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const store = killedEvery(1_700, () => startStore(join(root, 'data'), port));
  const shipper = killedEvery(1_100, () => startShipper(root, { name: 'store', kind: 'elasticsearch', url }));
  await writeLines(plan());
  await eventually('the store was killed more than once', () => store.kills > 1);
  await Promise.all([shipper.calm(), store.calm()]);
  await everythingShipped();
  expect(await countAt(url)).toEqual(clean);
});
