import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeClient } from '../../../lib/kube/client.ts';
import { endpoints, endpointSlices, leases } from '../../../lib/kube/resources.ts';
import { silentLog } from '../../../lib/log.ts';
import { ApiUnderTest } from '../../../test/support/api-under-test.ts';
import { ApiServerLeases, endpointsOfLease } from './api-server-leases.ts';
import { KubernetesService } from './kubernetes-service.ts';

let api: ApiUnderTest;
let killed: AbortController[];

beforeEach(async () => {
  api = await ApiUnderTest.start();
  killed = [];
});
afterEach(async () => {
  for (const one of killed) one.abort();
  await api.stop();
});

/** An API server of that name, and what ends it without a word. */
async function serve(hostname: string, address: string, port = 6443, client: KubeClient = api.core.client) {
  const kill = new AbortController();
  killed.push(kill);
  const config = { listen: ['127.0.0.1', address], kubernetesServiceIP: '10.96.0.1' };
  const shared = new ApiServerLeases({ client, clock: api.clock, log: silentLog, hostname });
  const service = new KubernetesService(client, config, () => port, shared);
  await service.start(kill.signal);
  return { service, kill };
}

async function addresses() {
  const key = { namespace: 'default', name: 'kubernetes' };
  const { subsets } = await api.core.client.get(endpoints, key);
  const slices = await api.core.client.list(endpointSlices, { namespace: 'default' });
  const told = (subsets ?? []).flatMap((one) => (one.addresses ?? []).map(({ ip }) => `${ip}:${one.ports?.[0]?.port}`));
  const sliced = slices.items.flatMap((one) =>
    (one.endpoints ?? []).flatMap((at) => at.addresses.map((ip) => `${ip}:${one.ports?.[0]?.port}`)),
  );
  expect(sliced.sort()).toEqual([...told].sort());
  return told;
}
const leaseCount = async () =>
  (
    await api.core.client.list(leases, {
      namespace: 'kube-system',
      labelSelector: 'apiserver.kubernetes.io/identity=kube-apiserver',
    })
  ).items.length;

test('the endpoints are those of all API servers that are there; one that stops takes its own with it', async () => {
  await serve('one', '192.0.2.1');
  const two = await serve('two', '192.0.2.2');
  expect(await addresses()).toEqual(['192.0.2.1:6443', '192.0.2.2:6443']);
  await api.clock.advance(60_000);
  expect(await addresses()).toEqual(['192.0.2.1:6443', '192.0.2.2:6443']);
  await two.service.stop();
  expect(await addresses()).toEqual(['192.0.2.1:6443']);
  expect(await leaseCount()).toBe(1);
  await api.clock.advance(60_000);
  expect(await addresses()).toEqual(['192.0.2.1:6443']);
});

test('one that stops while another looks who is there is not brought back', async () => {
  const { client } = api.core;
  let meanwhile: (() => Promise<void>) | undefined;
  const looking = new Proxy<KubeClient>(client, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        const answer = await value.apply(target, args);
        if (name === 'list' && args[0] === leases) {
          const first = meanwhile;
          meanwhile = undefined;
          await first?.();
        }
        return answer;
      };
    },
  });
  await serve('one', '192.0.2.1', 6443, looking);
  const two = await serve('two', '192.0.2.2');
  const stopped = new Promise<void>((resolve) => {
    meanwhile = async () => {
      await two.service.stop();
      resolve();
    };
  });
  await api.clock.advance(5_000);
  await stopped;
  await api.clock.advance(0);
  expect(await addresses()).toEqual(['192.0.2.1:6443']);
});

test('one that dies is there until its lease has run out, and its lease is removed', async () => {
  await serve('one', '192.0.2.1');
  const two = await serve('two', '192.0.2.2');
  await api.clock.advance(10_000);
  two.kill.abort();
  await api.clock.advance(10_000);
  expect(await addresses()).toEqual(['192.0.2.1:6443', '192.0.2.2:6443']);
  await api.clock.advance(15_000);
  expect(await addresses()).toEqual(['192.0.2.1:6443']);
  expect(await leaseCount()).toBe(1);
});

test('one that starts again has one lease, and on another port a slice of its own as long as it is there', async () => {
  const before = await serve('one', '192.0.2.1');
  before.kill.abort();
  await serve('one', '192.0.2.1');
  expect(await leaseCount()).toBe(1);
  const other = await serve('two', '192.0.2.2', 7443);
  expect(await addresses()).toEqual(['192.0.2.1:6443', '192.0.2.2:7443']);
  await other.service.stop();
  expect(await addresses()).toEqual(['192.0.2.1:6443']);
  expect((await api.core.client.list(endpointSlices, { namespace: 'default' })).items).toHaveLength(1);
});

test('a lease that says nonsense says nothing', () => {
  const lease = (text: string) => ({ metadata: { annotations: { 'vigil.dev/api-endpoints': text } } });
  expect(endpointsOfLease(lease('192.0.2.1 6443,x 1,192.0.2.2 0,192.0.2.3 70000,,192.0.2.4'))).toEqual([
    { address: '192.0.2.1', port: 6443 },
  ]);
  expect(endpointsOfLease({})).toEqual([]);
});
