import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../servers/search-server.ts';
import { askStore, bulkOfLines, checkLines } from '../../support/log-store/numbered-lines.ts';
import { StoreProcess } from '../../support/log-store/store-process.ts';
import { installTemplates } from '../../support/logs/install-templates.ts';

const DISK_BYTES = 24 * 1024 * 1024;
const FILLER_BYTES = 12 * 1024 * 1024;
const LINES_A_BULK = 200;
const MAX_BULKS = 400;

let dir: string;
let store: StoreProcess | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vigil-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', dir]);
});

afterEach(async () => {
  await store?.kill('SIGKILL');
  execFileSync('umount', [dir]);
  rmSync(dir, { recursive: true, force: true });
});

/** Whether all of a bulk was stored; otherwise the answer must say that the sender should try again. */
async function sent(url: string, bulk: number): Promise<boolean> {
  const body = bulkOfLines(0, bulk * LINES_A_BULK, (bulk + 1) * LINES_A_BULK);
  const { status, text } = await askStore(url, 'POST', '/_bulk', body);
  if (status !== 200) {
    expect(status).toBe(503);
    return false;
  }
  const { items } = JSON.parse(text) as { items: { create: { status: number } }[] };
  const statuses = new Set(items.map(({ create }) => create.status));
  for (const one of statuses) expect([201, 409, 429]).toContain(one);
  return !statuses.has(429);
}

test.skipIf(process.getuid?.() !== 0)(
  'a full disk is answered so that senders come again, and nothing is lost when there is room, also by a kill',
  async () => {
    const port = await freePort();
    store = await StoreProcess.start({ dir, port });
    await installTemplates(store.url);
    writeFileSync(join(dir, 'filler'), Buffer.alloc(FILLER_BYTES));
    let bulk = 0;
    while (await sent(store.url, bulk)) {
      bulk++;
      expect(bulk).toBeLessThan(MAX_BULKS);
    }
    expect(bulk).toBeGreaterThan(0);
    expect(await checkLines(store.url, 0, bulk * LINES_A_BULK)).toMatchObject({ missing: 0, duplicate: 0 });
    for (let again = 0; again < 3; again++) expect(await sent(store.url, bulk)).toBe(false);
    rmSync(join(dir, 'filler'));
    for (const last = bulk + 5; bulk < last; bulk++) expect(await sent(store.url, bulk)).toBe(true);
    const all = { missing: 0, duplicate: 0, changed: 0 };
    expect(await checkLines(store.url, 0, bulk * LINES_A_BULK)).toEqual(all);
    await store.kill('SIGKILL');
    store = await StoreProcess.start({ dir, port });
    expect(await checkLines(store.url, 0, bulk * LINES_A_BULK)).toEqual(all);
    expect((await askStore(store.url, 'GET', '/_metrics')).text).toContain('vigil_log_store_documents{');
  },
);
