import { expect, test } from 'vitest';
import { serviceAccountAdmission } from '../admission/service-account.ts';
import { FakeClock } from '../../lib/clock.ts';
import { pods } from '../../lib/kube/resources.ts';
import { silentLog } from '../../lib/log.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { systemChance } from './chance.ts';
import { definitions } from './definitions.ts';
import { LocalKubeClient } from './local-client.ts';
import { Registry } from './registry.ts';

test('a generated name that is taken is made anew, and the body is tried again', async () => {
  const suffixes = ['first', 'first', 'other'];
  const chance = { ...systemChance, suffix: () => suffixes.shift() ?? 'never' };
  const registry = new Registry({
    store: new MemoryStore(),
    clock: new FakeClock(),
    chance,
    log: silentLog,
    definitions,
  });
  registry.use(serviceAccountAdmission(registry));
  await registry.start();
  const client = new LocalKubeClient(registry);
  const make = (image: string) =>
    client.create(pods, {
      metadata: { generateName: 'pod-', namespace: 'ns' },
      spec: { containers: [{ name: 'c', image, resources: { limits: { cpu: '1' } } }] },
    });
  expect((await make('one')).metadata?.name).toBe('pod-first');
  expect((await make('two')).metadata?.name).toBe('pod-other');
  await registry.stop();
});
