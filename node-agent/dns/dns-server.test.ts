import { Resolver } from 'node:dns/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SystemClock } from '../../lib/clock.ts';
import type { EndpointSlice, Service } from '../../lib/kube/types.ts';
import { silentLog } from '../../lib/log.ts';
import { service, slice } from '../../test/contract/agentnet/objects.ts';
import { ObjectStore } from '../../test/contract/agentnet/object-store.ts';
import { freePort } from '../../test/servers/search-server.ts';
import { DnsServer } from './dns-server.ts';
import type { Forwarder } from './forwarder.ts';

const clock = new SystemClock();
const services = new ObjectStore<Service>();
const slices = new ObjectStore<EndpointSlice>();
let server: DnsServer;
let resolver: Resolver;

const silentUpstream: Forwarder = { forward: () => Promise.resolve(undefined) };

beforeEach(async () => {
  server = new DnsServer({
    config: {
      nodeIP: '127.0.0.1',
      clusterDomain: 'cluster.local',
      serviceSubnet: '10.96.0.0/16',
      network: { name: 'n', bridge: 'b', subnet: '10.244.0.0/16', gateway: '10.244.0.1' },
    },
    services,
    slices,
    clock,
    log: silentLog,
    random: () => 0,
    // Of a system's choice UDP has one that TCP may have given away.
    port: await freePort(),
    forwarder: silentUpstream,
  });
  await server.start(new AbortController().signal);
  resolver = new Resolver({ timeout: 10_000, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.port}`]);
});

afterEach(() => server.stop());

describe('the DNS server, asked by a real resolver', () => {
  test('gives the cluster address of a Service, in whatever case it is asked', async () => {
    services.put(service('web', { clusterIP: '10.96.0.20' }));
    expect(await resolver.resolve4('web.default.svc.cluster.local')).toEqual(['10.96.0.20']);
    expect(await resolver.resolve4('WEB.Default.svc.Cluster.local')).toEqual(['10.96.0.20']);
    expect(await resolver.reverse('10.96.0.20')).toEqual(['web.default.svc.cluster.local']);
  });

  test('tells a name that does not exist from one without records of the type', async () => {
    services.put(service('web', { clusterIP: '10.96.0.20' }));
    await expect(resolver.resolve4('absent.default.svc.cluster.local')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolve6('web.default.svc.cluster.local')).rejects.toMatchObject({ code: 'ENODATA' });
  });

  test('sends a large answer over TCP after the truncated one', async () => {
    services.put(service('many', { clusterIP: 'None' }));
    const ips = Array.from({ length: 250 }, (_, index) => `10.244.3.${index + 2}`);
    slices.put(slice('many', ips));
    expect((await resolver.resolve4('many.default.svc.cluster.local')).sort()).toEqual([...ips].sort());
  });

  test('fails at once, not by silence, when no upstream answers', async () => {
    await expect(resolver.resolve4('example.org')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });
});
