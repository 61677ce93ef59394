import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { installTemplates } from '../logs/install-templates.ts';
import { freePort } from '../../servers/search-server.ts';
import { StoreProcess } from './store-process.ts';

const STREAM = 'logs-vigil.containers-default';
const CONTAINERS = 4;
const LINES_A_BULK = 150;
/** Lines of half a kilobyte to two: enough that the log is rotated every few seconds, and every bulk fills a block. */
const PADDING_BYTES = 1_500;
const LINE_BYTES = 2_000;
const PAGE = 10_000;
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
  let store = await StoreProcess.start({ dir, port });
  const stopping = new AbortController();
  try {
    await installTemplates(store.url);
    const senders = Array.from({ length: CONTAINERS }, (_, container) => send(store.url, container, stopping.signal));
    for (let kill = 0; kill < kills; kill++) {
      await delay(Math.random() * MAX_LIFE_MS);
      await store.kill('SIGKILL');
      store = await StoreProcess.start({ dir, port });
    }
    stopping.abort();
    const sent = await Promise.all(senders);
    const counts = await Promise.all(sent.map((lines, container) => check(store.url, container, lines)));
    const health = (await ask(store.url, 'GET', '/_metrics')).text;
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
    const body = Array.from({ length: LINES_A_BULK }, (_, n) => itemOf(container, lines + n)).join('');
    for (;;) {
      try {
        const { status, text } = await ask(url, 'POST', '/_bulk', body);
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

/** Reads all lines of a container, oldest first, and compares them with what was sent. */
async function check(url: string, container: number, lines: number) {
  const seen = new Uint8Array(lines);
  let duplicate = 0;
  let changed = 0;
  let after: unknown[] | undefined;
  for (;;) {
    const page = {
      size: PAGE,
      query: { term: { 'kubernetes.pod.name': `pod-${container}` } },
      sort: [{ 'log.offset': 'asc' }],
      ...(after ? { search_after: after } : {}),
    };
    const { text } = await ask(url, 'POST', `/${STREAM}/_search`, JSON.stringify(page));
    const { hits } = (JSON.parse(text) as { hits: { hits: { _id: string; _source: unknown; sort: unknown[] }[] } })
      .hits;
    for (const { _id: id, _source: source, sort } of hits) {
      after = sort;
      const n = Number.parseInt(id.slice(id.lastIndexOf('-') + 1), 36) / LINE_BYTES;
      if (seen[n] === undefined || JSON.stringify(source) !== documentOf(container, n)) changed++;
      else if (seen[n] === 1) duplicate++;
      else seen[n] = 1;
    }
    if (hits.length < PAGE) break;
  }
  return { missing: seen.reduce((missing, times) => missing + (times === 0 ? 1 : 0), 0), duplicate, changed };
}

function itemOf(container: number, n: number): string {
  const id = `c0ffee${container}-r1-${(n * LINE_BYTES).toString(36)}`;
  return `{"create":{"_index":"${STREAM}","_id":"${id}"}}\n${documentOf(container, n)}\n`;
}

function documentOf(container: number, n: number): string {
  const time = new Date(Date.UTC(2026, 10, 29) + n * 3).toISOString().replace('Z', '000001Z');
  // Looks like chance, so that blocks do not become tiny, but can be made again.
  const noise = ((n * 2_654_435_761 + container) % 4_294_967_296).toString(36);
  const message = `line ${n} of ${container} ${noise.repeat(1 + ((n * 31) % PADDING_BYTES) / noise.length)}`;
  return `{"@timestamp":"${time}","stream":"stdout","message":"${message}","log":{"level":"info","offset":${n * LINE_BYTES}},"kubernetes":{"pod":{"name":"pod-${container}"}}}`;
}

async function ask(
  url: string,
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: response.status, text: await response.text() };
}
