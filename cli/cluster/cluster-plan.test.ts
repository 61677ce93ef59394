import { describe, expect, test } from 'vitest';
import { changedRecord, newRecord, type Allocation } from './cluster-plan.ts';

const allocation: Allocation = {
  podSubnet: '10.244.0.0/16',
  serviceSubnet: '10.96.0.0/16',
  port: 6443,
  shipperMetricsPort: 9600,
  dockerHost: 'unix:///var/run/docker.sock',
  createdAt: '2026-01-01T00:00:00Z',
};
const existing = newRecord({ name: 'demo', nodes: 2 }, allocation, '/home/me/.vigil');

describe('what kctl up makes of its options', () => {
  test('three nodes, an embedded store and no demo unless asked otherwise', () => {
    const record = newRecord({ name: 'demo' }, allocation, '/home/me/.vigil');
    expect(record).toMatchObject({ isolated: false, profile: 'vigil', logStore: 'embedded', demo: false });
    expect(record.nodes.map((node) => node.name)).toEqual(['node-1', 'node-2', 'node-3']);
  });

  test('the bridge has a name of its own per home and fits an interface name', () => {
    const other = newRecord({ name: 'demo' }, allocation, '/elsewhere');
    expect(existing.bridge).toMatch(/^vg-[0-9a-f]{6}$/);
    expect(other.bridge).not.toBe(existing.bridge);
  });
});

describe('kctl up on a cluster that exists', () => {
  test('nothing said changes nothing', () => {
    expect(changedRecord(existing, { name: 'demo' })).toEqual(existing);
  });

  test('nodes are added and keep their places', () => {
    expect(changedRecord(existing, { name: 'demo', nodes: 3 }).nodes.map((node) => node.index)).toEqual([1, 2, 3]);
  });

  test.each([
    ['fewer nodes', { nodes: 1 }],
    ['another port', { port: 7000 }],
    ['other issuers of tokens', { authenticationConfig: '/etc/issuers.yaml' }],
    ['other outputs', { logOutputs: [{ name: 'otel', kind: 'otlp', url: 'http://h:4318' } as const] }],
    ['isolation', { isolated: true }],
    ['another profile', { profile: 'kubernetes' as const }],
    ['another log store', { logStore: 'none' as const }],
  ])('%s is refused, naming the way out', (_what, change) => {
    expect(() => changedRecord(existing, { name: 'demo', ...change })).toThrow(/demo/);
  });

  test('nodes cannot be added to a bare control plane, which listens on no pod network', () => {
    const bare = newRecord({ name: 'bare', nodes: 0 }, allocation, '/home/me/.vigil');
    expect(() => changedRecord(bare, { name: 'bare', nodes: 1 })).toThrow(
      /nodes can be added to a cluster that has some/,
    );
  });
});
