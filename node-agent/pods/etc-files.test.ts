import { expect, test } from 'vitest';
import { agentPod } from '../../test/support/agent-builders.ts';
import { PodAddresses } from './addresses.ts';
import { etcHosts, resolvConf } from './etc-files.ts';

const settings = {
  nodeIP: '10.244.1.1',
  clusterDomain: 'cluster.local',
  machineResolvConf: '# comment\nnameserver 9.9.9.9\nsearch corp.example\noptions timeout:1\n',
};

test('a pod asks the node, with the cluster’s search list', () => {
  expect(resolvConf(agentPod(), settings)).toBe(
    'nameserver 10.244.1.1\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n',
  );
});

test('policies and settings of its own', () => {
  const machine = 'nameserver 9.9.9.9\nsearch corp.example\noptions timeout:1\n';
  expect(resolvConf(agentPod({ dnsPolicy: 'Default' }), settings)).toBe(machine);
  expect(resolvConf(agentPod({ hostNetwork: true }), settings)).toBe(machine);
  expect(resolvConf(agentPod({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }), settings)).toContain(
    '10.244.1.1',
  );
  const dnsConfig = {
    nameservers: ['1.1.1.1'],
    searches: ['x.example'],
    options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }],
  };
  expect(resolvConf(agentPod({ dnsPolicy: 'None', dnsConfig }), settings)).toBe(
    'nameserver 1.1.1.1\nsearch x.example\noptions ndots:2 rotate\n',
  );
});

test('a pod knows its own name and its aliases', () => {
  const pod = agentPod({ hostname: 'web', subdomain: 'sub', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] });
  const hosts = etcHosts(pod, '10.244.1.9', 'cluster.local');
  expect(hosts).toContain('10.244.1.9\tweb.sub.default.svc.cluster.local\tweb\n');
  expect(hosts).toContain('1.2.3.4\ta\tb\n');
});

test('addresses are given in turn, none twice, those given back last', () => {
  const addresses = new PodAddresses('10.244.1.0/24');
  expect(addresses.reserve('a', new Set())).toBe('10.244.1.2');
  expect(addresses.reserve('a', new Set())).toBe('10.244.1.2');
  expect(addresses.reserve('b', new Set())).toBe('10.244.1.3');
  addresses.release('a');
  expect(addresses.reserve('c', new Set(['10.244.1.4']))).toBe('10.244.1.5');
  const all = new Set(Array.from({ length: 253 }, (_, at) => `10.244.1.${at + 2}`));
  expect(() => addresses.reserve('d', all)).toThrow('all 253 addresses of 10.244.1.0/24 are in use');
  all.delete('10.244.1.2');
  expect(addresses.reserve('d', all)).toBe('10.244.1.2');
});
