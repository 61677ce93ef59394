import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SystemClock } from '../../../lib/clock.ts';
import { createLog } from '../../../lib/log.ts';
import { LogStoreConditionWatch } from '../../../control-plane/logs/store-condition.ts';
import { LogStoreClient } from '../../../control-plane/logs/store-client.ts';
import { freePort } from '../../servers/search-server.ts';
import { eventually } from '../../support/eventually.ts';
import { askStore, bulkOfLines, checkLines } from '../../support/log-store/numbered-lines.ts';
import { StoreProcess } from '../../support/log-store/store-process.ts';
import { installTemplates } from '../../support/logs/install-templates.ts';

const LINES = 3_000;
let dir = '';
let store: StoreProcess | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vigil-store-damage-'));
});
afterEach(async () => {
  await store?.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

async function started(): Promise<StoreProcess> {
  store = await StoreProcess.start({ dir, port: await freePort() });
  return store;
}

function hitFirstBlock(): void {
  const [segment = ''] = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\/seg-[^/]*\.dat$/.test(name),
  );
  const fd = openSync(join(dir, segment), 'r+');
  writeSync(fd, Buffer.from('damage'), 0, 6, 200);
  closeSync(fd);
}

test('a block that a disk changed is left out, told to the control plane, and all other lines stay readable', async () => {
  const whole = await started();
  await installTemplates(whole.url);
  for (let from = 0; from < LINES; from += 500) {
    await askStore(whole.url, 'POST', '/_bulk', bulkOfLines(0, from, from + 500));
  }
  await askStore(whole.url, 'POST', '/_all/_flush');
  await whole.kill('SIGTERM');
  rmSync(join(dir, 'wal'), { recursive: true, force: true });
  hitFirstBlock();

  const { url } = await started();
  const { missing, duplicate, changed } = await checkLines(url, 0, LINES);
  expect(missing).toBeGreaterThan(0);
  expect(missing).toBeLessThan(LINES / 2);
  expect({ duplicate, changed }).toEqual({ duplicate: 0, changed: 0 });

  const { hostname: host, port } = new URL(url);
  const client = new LogStoreClient(() =>
    Promise.resolve({ protocol: 'http', host, port: Number(port), basePath: '' }),
  );
  const watch = new LogStoreConditionWatch(client, new SystemClock(), createLog('test', 'silent'));
  try {
    await watch.start();
    await eventually('the damage is known', () => {
      expect([...(watch.quarantinedBlocks?.values() ?? [])]).toEqual([1]);
      return Promise.resolve(true);
    });
  } finally {
    await watch.stop();
    client.close();
  }
});
