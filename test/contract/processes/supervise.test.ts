import { mkdtempSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../../../lib/clock.ts';
import { clusterHome, type ClusterHome } from '../../../cli/cluster/cluster-home.ts';
import { processExists } from '../../../cli/cluster/process-exists.ts';
import { Processes, type ProcessPlan } from '../../../cli/cluster/processes.ts';
import { eventually } from '../../support/eventually.ts';

const root = join(import.meta.dirname, '../../..');

describe('a supervised process', () => {
  let folder: string;
  let home: ClusterHome;
  let processes: Processes;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vigil-supervise-'));
    home = clusterHome(folder, 'sup');
    processes = new Processes(home, root, new SystemClock());
  });
  afterEach(async () => {
    await processes.stop('work', { kill: true });
    rmSync(folder, { recursive: true, force: true });
  });

  const plan = (script: string): ProcessPlan => ({
    name: 'work',
    // The last argument marks the process as one of this cluster, as the path of its configuration does.
    command: ['/bin/sh', '-c', script, home.root],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  const running = () => eventually('the process runs', () => processes.pid('work'));

  test('is started once, however often it is asked for', async () => {
    expect(processes.start(plan('exec sleep 60; :'))).toBe(true);
    await eventually('its supervisor runs', () => processes.isSupervised('work'));
    expect(processes.start(plan('exec sleep 60; :'))).toBe(false);
  });

  test('comes back after it was killed', async () => {
    processes.start(plan('while :; do sleep 1; done'));
    const first = await running();
    process.kill(first, 'SIGKILL');
    const second = await eventually('another one runs', () => {
      const pid = processes.pid('work');
      return pid !== undefined && pid !== first ? pid : undefined;
    });
    expect(second).not.toBe(first);
    expect(processes.restarts('work')).toBe(1);
  });

  test('may end in order when asked to, and then stays ended', async () => {
    processes.start(plan(`trap 'echo in order; exit 0' TERM; echo up; while :; do sleep 0.1; done`));
    const pid = await running();
    const log = join(home.logs, 'work.log');
    await eventually('it has set its trap', () => existsSync(log) && readFileSync(log, 'utf8').includes('up'));
    expect(await processes.stop('work')).toBe(true);
    expect(processExists(pid)).toBe(false);
    expect(processes.isSupervised('work')).toBe(false);
    expect(readFileSync(log, 'utf8')).toContain('in order');
    expect(await processes.stop('work')).toBe(false);
  });

  test('that cannot live is counted, so that whoever waits for it may give up', async () => {
    processes.start(plan('echo broken >&2; exit 3'));
    await eventually('it was started again', () => processes.restarts('work') >= 2);
    expect(readFileSync(join(home.logs, 'work.log'), 'utf8')).toContain('"exitCode":3');
  });

  test('is not mistaken for another process that has its old id', async () => {
    processes.start(plan('while :; do sleep 1; done'));
    await running();
    await processes.stop('work');
    writeFileSync(join(home.run, 'work.pid'), String(process.pid));
    expect(processes.pid('work')).toBeUndefined();
  });
});
