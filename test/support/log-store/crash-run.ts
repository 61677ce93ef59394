import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { installTemplates } from '../logs/install-templates.ts';
import { freePort } from '../../servers/search-server.ts';
import { askStore, bulkOfLines, checkLines } from './numbered-lines.ts';
import { StoreProcess } from './store-process.ts';

const CONTAINERS = 4;
const LINES_A_BULK = 150;
/** Longest time between a start and the next kill. */
const MAX_LIFE_MS = 250;
/** Kills go on until so many lines were acknowledged for each: on a busy machine many a life ends before the first. */
const LINES_A_KILL = 100;

export interface CrashResult {
  readonly kills: number;
  readonly sent: number;
  /** Acknowledged and not there afterwards. */
  readonly missing: number;
  /** There more than once. */
  readonly duplicate: number;
  /** Not as they were sent. */
  readonly changed: number;
  readonly quarantinedBlocks: number;
}

/**
 * Sends lines to a store that is killed -9 again and again, at least so often, as the shipper does (what is not acknowledged is sent again), and then counts what is
 * stored. `killed` is told how many kills there were, and how long the last start took.
 */
export async function crashRun(
  kills: number,
  killed: (count: number, startMs: number) => void = () => undefined,
): Promise<CrashResult> {
  const dir = mkdtempSync(join(tmpdir(), 'vigil-store-crash-'));
  const port = await freePort();
  let store = await StoreProcess.start({ dir, port, compileCache: join(dir, 'compile-cache') });
  const stopping = new AbortController();
  try {
    await installTemplates(store.url);
    let acknowledged = 0;
    const count = (lines: number) => (acknowledged += lines);
    const senders = Array.from({ length: CONTAINERS }, (_, container) =>
      send(store.url, container, stopping.signal, count),
    );
    const isEnough = () => acknowledged > kills * LINES_A_KILL;
    let done = 0;
    for (; done < kills || !isEnough(); done++) {
      await delay(Math.random() * MAX_LIFE_MS);
      await store.kill('SIGKILL');
      const diedMs = performance.now();
      store = await StoreProcess.start({ dir, port, compileCache: join(dir, 'compile-cache') });
      killed(done + 1, performance.now() - diedMs);
    }
    stopping.abort();
    const sent = await Promise.all(senders);
    const counts = await Promise.all(sent.map((lines, container) => checkLines(store.url, container, lines)));
    const health = (await askStore(store.url, 'GET', '/_metrics')).text;
    const sum = (of: (one: (typeof counts)[number]) => number) => counts.reduce((total, one) => total + of(one), 0);
    return {
      kills: done,
      sent: sent.reduce((total, lines) => total + lines, 0),
      missing: sum(({ missing }) => missing),
      duplicate: sum(({ duplicate }) => duplicate),
      changed: sum(({ changed }) => changed),
      quarantinedBlocks: Number(/vigil_log_store_quarantined_blocks\{[^}]*\} (\d+)/.exec(health)?.[1] ?? 0),
    };
  } finally {
    stopping.abort();
    await store.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Returns how many lines were sent, all of them acknowledged in the end. */
async function send(
  url: string,
  container: number,
  stopping: AbortSignal,
  acknowledged: (lines: number) => void,
): Promise<number> {
  let lines = 0;
  while (!stopping.aborted) {
    const body = bulkOfLines(container, lines, lines + LINES_A_BULK);
    for (;;) {
      try {
        const { status, text } = await askStore(url, 'POST', '/_bulk', body);
        const items = status === 200 ? (JSON.parse(text) as { items: { create: { status: number } }[] }).items : [];
        if (
          items.length === LINES_A_BULK &&
          items.every(({ create }) => create.status === 201 || create.status === 409)
        ) {
          break;
        }
        if (items.some(({ create }) => create.status === 400)) throw new TypeError(`refused: ${text.slice(0, 500)}`);
      } catch (error) {
        if (error instanceof TypeError && error.message.startsWith('refused')) throw error;
      }
      // Killed: whether it was stored is not known, so it is sent again.
      await delay(20);
    }
    lines += LINES_A_BULK;
    acknowledged(LINES_A_BULK);
  }
  return lines;
}
