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

/** Sends lines to a store that is killed -9 again and again, as the shipper does (what is not acknowledged is sent again), and then counts what is stored. */
export async function crashRun(kills: number): Promise<CrashResult> {
  const dir = mkdtempSync(join(tmpdir(), 'vigil-store-crash-'));
  const port = await freePort();
  let store = await StoreProcess.start({ dir, port, compileCache: join(dir, 'compile-cache') });
  const stopping = new AbortController();
  try {
    await installTemplates(store.url);
    const senders = Array.from({ length: CONTAINERS }, (_, container) => send(store.url, container, stopping.signal));
    for (let kill = 0; kill < kills; kill++) {
      await delay(Math.random() * MAX_LIFE_MS);
      await store.kill('SIGKILL');
      store = await StoreProcess.start({ dir, port, compileCache: join(dir, 'compile-cache') });
    }
    stopping.abort();
    const sent = await Promise.all(senders);
    const counts = await Promise.all(sent.map((lines, container) => checkLines(store.url, container, lines)));
    const health = (await askStore(store.url, 'GET', '/_metrics')).text;
    const sum = (of: (one: (typeof counts)[number]) => number) => counts.reduce((total, one) => total + of(one), 0);
    return {
      kills,
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
async function send(url: string, container: number, stopping: AbortSignal): Promise<number> {
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
  }
  return lines;
}
