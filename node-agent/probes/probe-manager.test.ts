import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { agentNowMs, agentPod, container, run, sandbox } from '../../test/support/agent-builders.ts';
import { observedPodOf } from '../pods/observed-pod.ts';
import { ProbeManager } from './probe-manager.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'probes-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('what is told has been kept before: an agent that is killed right then knows it when it starts anew', async () => {
  const statePath = join(root, 'probes.json');
  const clock = new FakeClock(agentNowMs);
  const told = Promise.withResolvers<string>();
  const manager = new ProbeManager({
    nodeName: 'node-1',
    statePath,
    runCheck: () => Promise.resolve({ result: 'success', output: '' }),
    listener: {
      onAttempt: () => undefined,
      onChange: () => told.resolve(readFileSync(statePath, 'utf8')),
    },
    clock,
    log: silentLog,
    random: () => 0,
  });
  await manager.start();
  const readinessProbe = { httpGet: { path: '/', port: 80 }, periodSeconds: 1 };
  const pod = agentPod({ containers: [container('main', { readinessProbe })] });
  manager.sync(pod, observedPodOf([sandbox(), run('main')]), '10.244.1.2');
  await clock.advance(1);
  expect(JSON.parse(await told.promise)).toMatchObject({ states: { 'main-0/readiness': { published: 'success' } } });
  await manager.stop();
});
