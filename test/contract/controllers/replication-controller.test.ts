import { afterEach, expect, test } from 'vitest';
import { controllerOf } from '../../../lib/kube/owner.ts';
import { pods, replicationControllers } from '../../../lib/kube/resources.ts';
import { ControlLoops } from './control-loops.ts';

let loops: ControlLoops | undefined;

afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

test('a replication controller adopts what it selects, makes the rest, replaces what goes and scales', async () => {
  const on = (loops = await ControlLoops.start());
  const key = { namespace: 'default', name: 'old' };
  const spec = { containers: [{ name: 'main', image: 'hello:1' }] };
  await on.client.create(pods, { metadata: { namespace: 'default', name: 'stray', labels: { app: 'old' } }, spec });
  await on.client.create(replicationControllers, {
    metadata: key,
    spec: { replicas: 3, template: { metadata: { labels: { app: 'old' } }, spec } },
  });
  const ready = (count: number) =>
    on.until(`${count} ready`, async () => {
      const { status } = await on.client.get(replicationControllers, key);
      return status?.replicas === count && status.readyReplicas === count;
    });
  await ready(3);
  const made = await on.pods('app=old');
  expect(made.map((pod) => pod.metadata?.name)).toContain('stray');
  expect(new Set(made.map((pod) => controllerOf(pod)?.kind))).toEqual(new Set(['ReplicationController']));
  await on.client.delete(pods, { namespace: 'default', name: 'stray' });
  await on.until('the stray pod is gone', async () =>
    (await on.pods('app=old')).every((pod) => pod.metadata?.name !== 'stray'),
  );
  await ready(3);
  await on.client.patch(replicationControllers, key, 'merge', { spec: { replicas: 1 } });
  await ready(1);
  await on.client.delete(replicationControllers, key);
  await on.until('its pods go with it', async () => (await on.pods('app=old')).length === 0);
});
