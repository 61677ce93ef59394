import { describe, expect, test } from 'vitest';
import type { EndpointSlice } from '../../lib/kube/types.ts';
import { service, slice } from '../../test/contract/agentnet/objects.ts';
import { answer, type DnsAnswer } from './answer.ts';
import { ServiceDirectory } from './service-directory.ts';

const directory = new ServiceDirectory('cluster.local', (ip) => ip.startsWith('10.'));
const add = (...services: ReturnType<typeof service>[]) => {
  for (const added of services) directory.onService('ADDED', added, undefined);
};
const addSlice = (added: EndpointSlice) => directory.onSlice('ADDED', added);

add(
  service('web', {
    clusterIP: '10.96.0.20',
    ports: [
      { name: 'http', port: 80, protocol: 'TCP' },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  }),
  service('db', { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] }),
  service('early', { clusterIP: 'None', publishNotReadyAddresses: true }),
  service('none-ready', { clusterIP: 'None' }),
  service('alias', { type: 'ExternalName', externalName: 'Example.ORG.' }),
  service('inside', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }),
);
addSlice(slice('web', ['10.244.1.9'], [{ name: 'http', port: 8080 }]));
addSlice(
  slice(
    'db',
    [
      { addresses: ['10.244.1.2'], hostname: 'db-0', conditions: { ready: true } },
      { addresses: ['10.244.1.3'], hostname: 'db-1', conditions: { ready: true } },
      { addresses: ['10.244.1.4'], conditions: { ready: true } },
      { addresses: ['10.244.1.5'], hostname: 'db-3', conditions: { ready: false } },
    ],
    [{ name: 'sql', port: 5432, protocol: 'TCP' }],
  ),
);
addSlice(slice('early', [{ addresses: ['10.244.1.6'], conditions: { ready: false } }]));
addSlice(slice('none-ready', [{ addresses: ['10.244.1.7'], conditions: { ready: false } }]));

/** An answer in one line: what a table can compare. */
function brief(found: DnsAnswer): string {
  if (found.kind === 'forward') return 'forward';
  if (found.answers.length === 0) return `${found.rcode}${found.authorities[0]?.type === 'SOA' ? ' SOA' : ''}`;
  return found.answers
    .map((record) => {
      if (record.type === 'SRV') return `SRV ${record.data.port} ${record.data.target}`;
      return record.type === 'SOA' ? 'SOA' : `${record.type} ${record.data}`;
    })
    .join(', ');
}

describe('answers', () => {
  test.each([
    ['A', 'web.default.svc.cluster.local', 'A 10.96.0.20'],
    ['A', 'WEB.default.SVC.cluster.local', 'A 10.96.0.20'],
    ['AAAA', 'web.default.svc.cluster.local', 'NOERROR SOA'],
    ['A', 'absent.default.svc.cluster.local', 'NXDOMAIN SOA'],
    ['A', 'web.other.svc.cluster.local', 'NXDOMAIN SOA'],
    ['A', 'x.y.web.default.svc.cluster.local', 'NXDOMAIN SOA'],
    ['A', 'db.default.svc.cluster.local', 'A 10.244.1.2, A 10.244.1.3, A 10.244.1.4'],
    ['A', 'db-0.db.default.svc.cluster.local', 'A 10.244.1.2'],
    ['A', '10-244-1-4.db.default.svc.cluster.local', 'A 10.244.1.4'],
    ['A', 'db-3.db.default.svc.cluster.local', 'NXDOMAIN SOA'],
    ['AAAA', 'db-0.db.default.svc.cluster.local', 'NOERROR SOA'],
    ['A', 'early.default.svc.cluster.local', 'A 10.244.1.6'],
    ['A', 'none-ready.default.svc.cluster.local', 'NXDOMAIN SOA'],
    ['A', 'db-0.web.default.svc.cluster.local', 'NXDOMAIN SOA'],
    ['SRV', '_http._tcp.web.default.svc.cluster.local', 'SRV 80 web.default.svc.cluster.local'],
    ['SRV', '_dns._udp.web.default.svc.cluster.local', 'SRV 53 web.default.svc.cluster.local'],
    ['SRV', '_http._udp.web.default.svc.cluster.local', 'NXDOMAIN SOA'],
    ['A', '_http._tcp.web.default.svc.cluster.local', 'NOERROR SOA'],
    [
      'SRV',
      '_sql._tcp.db.default.svc.cluster.local',
      'SRV 5432 db-0.db.default.svc.cluster.local, SRV 5432 db-1.db.default.svc.cluster.local, SRV 5432 10-244-1-4.db.default.svc.cluster.local',
    ],
    ['A', '_tcp.web.default.svc.cluster.local', 'NOERROR SOA'],
    ['A', 'default.svc.cluster.local', 'NOERROR SOA'],
    ['A', 'empty.svc.cluster.local', 'NXDOMAIN SOA'],
    ['A', 'svc.cluster.local', 'NOERROR SOA'],
    ['A', 'cluster.local', 'NOERROR SOA'],
    ['SOA', 'cluster.local', 'SOA'],
    ['A', 'nonsense.cluster.local', 'NXDOMAIN SOA'],
    ['TXT', 'dns-version.cluster.local', 'TXT 1.1.0'],
    ['A', '10-244-1-2.default.pod.cluster.local', 'A 10.244.1.2'],
    ['A', 'not-an-ip.default.pod.cluster.local', 'NXDOMAIN SOA'],
    ['CNAME', 'alias.default.svc.cluster.local', 'CNAME example.org'],
    ['MX', 'alias.default.svc.cluster.local', 'NOERROR SOA'],
    ['PTR', '20.0.96.10.in-addr.arpa', 'PTR web.default.svc.cluster.local'],
    ['PTR', '2.1.244.10.in-addr.arpa', 'PTR db-0.db.default.svc.cluster.local'],
    ['PTR', '99.9.244.10.in-addr.arpa', 'NXDOMAIN SOA'],
    ['PTR', '8.8.8.8.in-addr.arpa', 'forward'],
    ['A', 'example.org', 'forward'],
    ['A', 'notcluster.local', 'forward'],
    ['A', '', 'forward'],
  ])('%s %s is %s', (type, name, expected) => {
    expect(brief(answer({ type, name }, directory))).toBe(expected);
  });

  test('repeat the name as it was asked', () => {
    expect(answer({ type: 'A', name: 'Web.Default.svc.cluster.local' }, directory)).toMatchObject({
      answers: [{ name: 'Web.Default.svc.cluster.local', ttl: 5 }],
    });
  });

  test('an SRV answer brings the addresses of its targets along', () => {
    expect(answer({ type: 'SRV', name: '_sql._tcp.db.default.svc.cluster.local' }, directory)).toMatchObject({
      additionals: [
        { type: 'A', name: 'db-0.db.default.svc.cluster.local', data: '10.244.1.2' },
        { type: 'A', name: 'db-1.db.default.svc.cluster.local', data: '10.244.1.3' },
        { type: 'A', name: '10-244-1-4.db.default.svc.cluster.local', data: '10.244.1.4' },
      ],
    });
  });

  test('an alias says what is left to look up', () => {
    expect(answer({ type: 'A', name: 'alias.default.svc.cluster.local' }, directory)).toMatchObject({
      chase: 'example.org',
    });
    expect(answer({ type: 'A', name: 'inside.default.svc.cluster.local' }, directory)).toMatchObject({
      chase: 'web.default.svc.cluster.local',
    });
  });
});

describe('the directory', () => {
  test('follows a slice that changes and a Service that goes', () => {
    const own = new ServiceDirectory('cluster.local', () => true);
    const headless = service('h', { clusterIP: 'None' });
    own.onService('ADDED', headless, undefined);
    own.onSlice('ADDED', slice('h', ['10.244.1.2']));
    own.onSlice('MODIFIED', slice('h', ['10.244.1.3']));
    expect(own.endpoints('default', 'h').map(({ ip }) => ip)).toEqual(['10.244.1.3']);
    expect(own.namesOf('10.244.1.2')).toEqual([]);
    expect(own.namesOf('10.244.1.3')).toEqual(['10-244-1-3.h.default.svc.cluster.local']);
    own.onSlice('DELETED', slice('h', ['10.244.1.3']));
    own.onService('DELETED', headless, headless);
    expect(own.namesOf('10.244.1.3')).toEqual([]);
    expect(own.hasNamespace('default')).toBe(false);
  });

  test('forgets the old address of a Service', () => {
    const own = new ServiceDirectory('cluster.local', () => true);
    own.onService('ADDED', service('s', { clusterIP: '10.96.0.5' }), undefined);
    own.onService('MODIFIED', service('s', { clusterIP: '10.96.0.6' }), service('s', { clusterIP: '10.96.0.5' }));
    expect(own.namesOf('10.96.0.5')).toEqual([]);
    expect(own.namesOf('10.96.0.6')).toEqual(['s.default.svc.cluster.local']);
  });
});
