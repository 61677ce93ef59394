import { describe, expect, test } from 'vitest';
import { service, slice } from '../../test/contract/agentnet/objects.ts';
import { routesOf } from './routes.ts';
import { staleFlows } from './stale-flows.ts';

const dns = service('dns', { clusterIP: '10.96.0.10', ports: [{ port: 53, protocol: 'UDP' }] });
const web = service('web', { clusterIP: '10.96.0.20' });
const udp = [{ port: 53, protocol: 'UDP' }];
const routes = (...ips: readonly string[]) => routesOf([dns, web], [slice('dns', ips, udp), slice('web', ips)]);

describe('flows that must be forgotten', () => {
  test('are those of datagrams to endpoints that are gone', () => {
    expect(staleFlows(routes('10.244.1.2', '10.244.1.3'), routes('10.244.1.3'))).toEqual([
      { address: '10.96.0.10', backend: '10.244.1.2' },
    ]);
  });

  test('are all of them when the service is gone, and none when nothing changed', () => {
    expect(staleFlows(routes('10.244.1.2'), [])).toEqual([{ address: '10.96.0.10', backend: '10.244.1.2' }]);
    expect(staleFlows(routes('10.244.1.2'), routes('10.244.1.2', '10.244.1.3'))).toEqual([]);
  });
});
