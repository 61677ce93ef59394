import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { FolderLock } from './folder-lock.ts';

describe('the lock of a data folder', () => {
  let dir: string;
  const forever = new AbortController().signal;
  const lock = () => new FolderLock(dir, new SystemClock(), silentLog);

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'vigil-lock-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test('is had by one at a time, and by the next when it is let go of', async () => {
    const first = lock();
    const second = lock();
    await first.take(forever);
    const order: string[] = [];
    const waiting = second.take(forever).then(() => order.push('second has it'));
    order.push('first lets go');
    await first.release();
    await waiting;
    expect(order).toEqual(['first lets go', 'second has it']);
    await second.release();
  });

  test('of a process that was killed is free', async () => {
    const holding = `
      import { FolderLock } from ${JSON.stringify(join(import.meta.dirname, 'folder-lock.ts'))};
      import { SystemClock } from ${JSON.stringify(join(import.meta.dirname, '../lib/clock.ts'))};
      import { silentLog } from ${JSON.stringify(join(import.meta.dirname, '../lib/log.ts'))};
      await new FolderLock(${JSON.stringify(dir)}, new SystemClock(), silentLog).take(new AbortController().signal);
      console.log('held'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', holding], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(join(dir, 'owner.sock'))).toBe(true);
    const next = lock();
    await next.take(forever);
    await next.release();
  });

  test('that is waited for is given up when asked to', async () => {
    const first = lock();
    await first.take(forever);
    const giveUp = new AbortController();
    const waiting = lock().take(giveUp.signal);
    giveUp.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await first.release();
  });

  test('taken at the same moment is had by exactly one', async () => {
    const giveUp = new AbortController();
    const locks = [lock(), lock(), lock()];
    const taken: number[] = [];
    const all = locks.map((one, index) =>
      one.take(giveUp.signal).then(
        () => taken.push(index),
        () => undefined,
      ),
    );
    await Promise.race(all);
    await new SystemClock().sleep(200);
    expect(taken).toHaveLength(1);
    giveUp.abort();
    await Promise.all(all);
    await Promise.all(locks.map((one) => one.release()));
  });
});
