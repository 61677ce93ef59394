import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentPod } from '../../test/support/agent-builders.ts';
import { silentLog } from '../../lib/log.ts';
import type { EngineContainer } from '../runtime/runtime.ts';
import { LogSources } from './log-sources.ts';
import { sweepSources } from './sweep-sources.ts';

const id = 'a'.repeat(64);
const starting = {
  id,
  image: 'app:1',
  logPath: '/engine/log',
  owner: { podUid: 'u', containerName: 'main', restartCount: 0 },
} as EngineContainer;

let dir: string;
let sources: LogSources;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vigil-sources-'));
  sources = new LogSources(dir, 'node-1', silentLog);
  await sources.load();
  await sources.add(agentPod(), starting);
});

afterEach(() => rm(dir, { recursive: true, force: true }));

test('the source of a container that is being started stays, though nobody has observed the container yet', async () => {
  await sweepSources(sources, () => false, {
    inspect: (asked) => Promise.resolve(asked === id ? starting : undefined),
  });
  expect(await readdir(dir)).toEqual([`${id}.json`]);
});

test('the source of a container that the engine does not know goes', async () => {
  await sweepSources(sources, () => false, { inspect: () => Promise.resolve(undefined) });
  expect(await readdir(dir)).toEqual([]);
});
