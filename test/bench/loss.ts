import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BulkServer, type BulkBehaviour } from '../support/logs/bulk-server.ts';
import { containerId } from '../support/logs/docker-log-files.ts';
import {
  byPosition,
  countLoss,
  KilledAgainAndAgain,
  startShipper,
  writeLines,
  type LossPlan,
} from '../support/logs/loss-run.ts';

const LINES = Number(process.env['BENCH_LINES'] ?? 400_000);
const WRITERS = 10;
const FINISH_MS = 120_000;

/** Each way in which a line could get lost, and how the store behaves meanwhile. */
const scenarios: readonly {
  readonly name: string;
  readonly killEveryMs: number;
  readonly behaviours: readonly BulkBehaviour[];
}[] = [
  { name: 'nothing goes wrong', killEveryMs: Infinity, behaviours: ['ok'] },
  { name: 'shipper killed -9 every 2 s', killEveryMs: 2_000, behaviours: ['ok'] },
  { name: 'store answers 503 and 429', killEveryMs: Infinity, behaviours: ['ok', { status: 503 }, { status: 429 }] },
  { name: 'bulks half failed', killEveryMs: Infinity, behaviours: [{ halfFailed: 2 }, { halfFailed: 3 }] },
  {
    name: 'connections closed in the middle',
    killEveryMs: Infinity,
    behaviours: ['ok', 'closes', 'stores-then-closes'],
  },
  {
    name: 'all of it at once',
    killEveryMs: 2_000,
    behaviours: ['ok', { status: 503 }, { halfFailed: 2 }, 'closes', 'stores-then-closes'],
  },
];

/** Lines lost, doubled and out of order, counted by their numbers at the store. */
export async function run(): Promise<void> {
  for (const scenario of scenarios) {
    const root = mkdtempSync(join(tmpdir(), 'vigil-loss-'));
    const plan: LossPlan = {
      root,
      writers: WRITERS,
      linesEach: LINES / WRITERS,
      rotateEvery: 10_000,
      durationMs: 6_000,
      keptFiles: 60,
    };
    const server = new BulkServer();
    const shipper = new KilledAgainAndAgain(() => startShipper(root, url), scenario.killEveryMs);
    const url = await server.listen();
    try {
      server.behaviour = () => scenario.behaviours[server.requests % scenario.behaviours.length] ?? 'ok';
      shipper.begin();
      await writeLines(plan);
      await shipper.calm();
      const endMs = performance.now() + FINISH_MS;
      const isDone = () =>
        Array.from({ length: WRITERS }, (_, w) => existsSync(join(root, `sources/${containerId(w)}.done`))).every(
          Boolean,
        );
      while (!isDone() && performance.now() < endMs) await sleep(100);
      const stored = [...server.ids]
        .map(([id, document]) => ({ id, ...(JSON.parse(document) as { message: string; stream: string }) }))
        .sort((a, b) => byPosition(a.id, b.id));
      const { expected, missing, duplicate, misordered } = countLoss(plan, stored);
      console.log(
        `loss: ${scenario.name}: of ${expected} lines missing ${missing}, stored twice ${duplicate}, out of order ${misordered} (${shipper.kills} kills, ${server.requests} requests, ${server.duplicates} sent again)`,
      );
    } finally {
      await shipper.end();
      await server.close();
      rmSync(root, { recursive: true, force: true });
    }
  }
}
