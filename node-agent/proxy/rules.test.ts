import { describe, expect, test } from 'vitest';
import { node, service, slice } from '../../test/contract/agentnet/objects.ts';
import { rulesFor, type RulesInput } from './rules.ts';

function rules(input: Partial<RulesInput>): string {
  return rulesFor({
    services: [],
    slices: [],
    nodes: [node('n1', '10.244.1.1', '10.244.1.0/24'), node('n2', '10.244.2.1', '10.244.2.0/24')],
    table: 'vigil-test',
    podSubnet: '10.244.0.0/16',
    serviceSubnet: '10.96.0.0/16',
    bridgeNetfilter: true,
    ...input,
  });
}

/** The body of a chain, map or set by the beginning of its name, with the rules' hashes left out. */
function section(text: string, kind: string, name: string): string[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`  ${kind} ${name}`));
  const end = lines.indexOf('  }', start);
  return start < 0 ? [] : lines.slice(start + 1, end).map((line) => line.trim().replaceAll(/-[0-9a-f]{8}-/g, '-#-'));
}

const endpoint = (ip: string, nodeName: string, conditions = {}) => ({
  addresses: [ip],
  nodeName,
  conditions: { ready: true, ...conditions },
});

describe('service rules', () => {
  test('replace the table in one transaction', () => {
    const [add, remove, define] = rules({}).split('\n');
    expect([add, remove, define]).toEqual([
      'table ip vigil-test',
      'delete table ip vigil-test',
      'table ip vigil-test {',
    ]);
  });

  test('a cluster address leads to one of the ready endpoints', () => {
    const text = rules({
      services: [service('web', { clusterIP: '10.96.0.20' })],
      slices: [slice('web', ['10.244.1.3', '10.244.1.2'])],
    });
    expect(section(text, 'map', 'services')).toEqual([
      'type ipv4_addr . inet_proto . inet_service : verdict',
      'elements = {',
      '10.96.0.20 . tcp . 80 : goto svc-#-default/web/tcp/80',
      '}',
    ]);
    expect(section(text, 'chain', 'svc-')).toEqual([
      'meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.1.2 . 8080, 1 : 10.244.1.3 . 8080 }',
    ]);
    expect(section(text, 'set', 'hairpin')).toContain('10.244.1.2 . 10.244.1.2,');
  });

  test('do not depend on the order in which objects come', () => {
    const services = [service('a', { clusterIP: '10.96.0.1' }), service('b', { clusterIP: '10.96.0.2' })];
    const slices = [slice('a', ['10.244.1.2', '10.244.2.2']), slice('b', ['10.244.1.3'])];
    expect(rules({ services: services.toReversed(), slices: slices.toReversed() })).toBe(rules({ services, slices }));
  });

  test.each([
    ['not ready is left out', { ready: false }, ['10.244.1.3:8080']],
    [
      'terminating is left out while another is ready',
      { ready: false, serving: true, terminating: true },
      ['10.244.1.3:8080'],
    ],
  ])('an endpoint that is %s', (_what, conditions, expected) => {
    const text = rules({
      services: [service('web', { clusterIP: '10.96.0.20' })],
      slices: [slice('web', [endpoint('10.244.1.2', 'n1', conditions), '10.244.1.3'])],
    });
    expect(section(text, 'chain', 'svc-')).toEqual(expected.map((to) => `meta l4proto tcp dnat ip to ${to}`));
  });

  test('endpoints that end but still serve are used when there are no others', () => {
    const text = rules({
      services: [service('web', { clusterIP: '10.96.0.20' })],
      slices: [slice('web', [endpoint('10.244.1.2', 'n1', { ready: false, serving: true, terminating: true })])],
    });
    expect(section(text, 'chain', 'svc-')).toEqual(['meta l4proto tcp dnat ip to 10.244.1.2:8080']);
  });

  test('ports are matched by name and protocol', () => {
    const text = rules({
      services: [
        service('dns', {
          clusterIP: '10.96.0.10',
          ports: [
            { name: 'dns', port: 53, protocol: 'UDP' },
            { name: 'dns-tcp', port: 53, protocol: 'TCP' },
            { name: 'other', port: 9, protocol: 'TCP' },
          ],
        }),
      ],
      slices: [
        slice(
          'dns',
          ['10.244.1.2'],
          [
            { name: 'dns', port: 5353, protocol: 'UDP' },
            { name: 'dns-tcp', port: 5354, protocol: 'TCP' },
          ],
        ),
      ],
    });
    expect(text).toContain('meta l4proto udp dnat ip to 10.244.1.2:5353');
    expect(text).toContain('meta l4proto tcp dnat ip to 10.244.1.2:5354');
    expect(section(text, 'map', 'services').join(' ')).not.toContain('. 9 :');
  });

  test('a NodePort is reached on each node and hides where the client is', () => {
    const text = rules({
      services: [
        service('np', {
          clusterIP: '10.96.0.20',
          type: 'NodePort',
          ports: [{ port: 80, nodePort: 30_080, protocol: 'TCP' }],
        }),
      ],
      slices: [slice('np', ['10.244.1.2'])],
    });
    expect(section(text, 'map', 'services')).toEqual(
      expect.arrayContaining([
        '10.244.1.1 . tcp . 30080 : goto ext-#-default/np/tcp/80,',
        '10.244.2.1 . tcp . 30080 : goto ext-#-default/np/tcp/80',
      ]),
    );
    expect(section(text, 'chain', 'ext-')).toEqual([
      'meta mark set meta mark or 0x4000',
      'goto svc-#-default/np/tcp/80',
    ]);
  });

  test('externalTrafficPolicy Local keeps the client address and refuses on nodes without an endpoint', () => {
    const text = rules({
      services: [
        service('np', {
          clusterIP: '10.96.0.20',
          type: 'NodePort',
          externalTrafficPolicy: 'Local',
          ports: [{ port: 80, nodePort: 30_080, protocol: 'TCP' }],
        }),
      ],
      slices: [slice('np', [endpoint('10.244.1.2', 'n1')])],
    });
    expect(section(text, 'map', 'services')).toContain('10.244.1.1 . tcp . 30080 : goto local-#-default/np/tcp/80/n1');
    expect(section(text, 'set', 'refused')).toContain('10.244.2.1 . tcp . 30080');
    expect(section(text, 'chain', 'local-')).toEqual(['meta l4proto tcp dnat ip to 10.244.1.2:8080']);
  });

  test('internalTrafficPolicy Local sends the pods of a node to its own endpoints or nowhere', () => {
    const text = rules({
      services: [service('near', { clusterIP: '10.96.0.20', internalTrafficPolicy: 'Local' })],
      slices: [slice('near', [endpoint('10.244.1.2', 'n1')])],
    });
    expect(section(text, 'chain', 'internal-')).toEqual([
      'ip saddr 10.244.1.0/24 goto local-#-default/near/tcp/80/n1',
      'ip saddr 10.244.2.0/24 return',
      'goto svc-#-default/near/tcp/80',
    ]);
  });

  test('external addresses lead in as well, and are refused without endpoints', () => {
    const spec = { clusterIP: '10.96.0.20', externalIPs: ['192.0.2.80'] };
    const used = rules({ services: [service('ext', spec)], slices: [slice('ext', ['10.244.1.2'])] });
    expect(section(used, 'map', 'services')).toContain('192.0.2.80 . tcp . 80 : goto ext-#-default/ext/tcp/80');
    const unused = rules({ services: [service('ext', spec)] });
    expect(section(unused, 'set', 'refused')).toContain('192.0.2.80 . tcp . 80');
    expect(section(unused, 'map', 'services')).toEqual(['type ipv4_addr . inet_proto . inet_service : verdict']);
  });

  test('what is left for the service subnet is refused, however it comes', () => {
    const text = rules({});
    expect(section(text, 'chain', 'filter-services')[0]).toBe('ip daddr 10.96.0.0/16 goto refuse');
    for (const hook of ['forward', 'output', 'input']) {
      expect(section(text, 'chain', `filter-${hook}`)).toContain('jump filter-services');
    }
  });

  test('without netfilter on the bridge, pods see connections from services as the node’s', () => {
    const rule = 'ct status dnat ip saddr 10.244.0.0/16 ip daddr 10.244.0.0/16 masquerade';
    expect(section(rules({ bridgeNetfilter: false }), 'chain', 'postrouting')).toContain(rule);
    expect(section(rules({}), 'chain', 'postrouting')).not.toContain(rule);
  });

  test('nothing but names, addresses and ports gets into the rules', () => {
    const evil = '10.96.0.9 } ; flush ruleset ; {';
    const text = rules({
      services: [
        service('x', { clusterIP: evil }),
        service('bad } name', { clusterIP: '10.96.0.21' }),
        service('y', { clusterIP: '10.96.0.22', externalIPs: [evil], ports: [{ port: 80, protocol: evil }] }),
        service('z', {
          clusterIP: '10.96.0.23',
          externalIPs: [evil],
          ports: [{ port: 1e9 }, { port: 80, nodePort: 0.5 }],
        }),
        service('headless', { clusterIP: 'None' }),
      ],
      slices: [slice('y', [evil]), slice('z', [evil, '10.244.1.2'])],
      nodes: [node('n1', evil, evil), node('n2', '10.244.2.1', evil)],
    });
    expect(text).not.toContain('flush');
    expect(text.match(/goto svc/g)).toHaveLength(1);
  });

  test('long names stay within what nftables allows', () => {
    const text = rules({
      services: [
        service('s'.repeat(63), {
          clusterIP: '10.96.0.20',
          internalTrafficPolicy: 'Local',
          ports: [{ name: 'p'.repeat(15), port: 65_535, protocol: 'TCP' }],
        }),
      ],
      slices: [
        slice('s'.repeat(63), [endpoint('10.244.1.2', 'n1')], [{ name: 'p'.repeat(15), port: 1, protocol: 'TCP' }]),
      ],
    });
    for (const [, name = ''] of text.matchAll(/chain (\S+) \{/g)) expect(name.length).toBeLessThan(128);
  });
});
