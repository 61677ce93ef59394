import { describe, expect, test } from 'vitest';
import { clusterHome } from './cluster-home.ts';
import { newRecord, type Wanted } from './cluster-plan.ts';
import { agentConfig, controlPlaneConfig, shipperConfigs } from './process-configs.ts';

const home = clusterHome('/var/vigil', 'demo');
const record = (wanted: Partial<Wanted> = {}) =>
  newRecord(
    { name: 'demo', nodes: 2, ...wanted },
    {
      podSubnet: '10.244.0.0/16',
      serviceSubnet: '10.96.0.0/16',
      port: 6443,
      shipperMetricsPort: 9600,
      dockerHost: 'unix:///var/run/docker.sock',
      createdAt: '2026-01-01T00:00:00Z',
    },
    '/var/vigil',
  );

describe('nodes that share an engine', () => {
  test('share its bridge and take a range of addresses each', () => {
    const [, second] = record().nodes;
    if (!second) throw new Error('two nodes');
    expect(agentConfig(home, record(), second, 'unix:///var/run/docker.sock')).toMatchObject({
      nodeName: 'node-2',
      nodeIP: '10.244.2.1',
      podCIDR: '10.244.2.0/24',
      apiServer: 'https://127.0.0.1:6443',
      network: { name: 'vigil-demo', subnet: '10.244.0.0/16', gateway: '10.244.0.1' },
      nftTable: 'vigil-demo',
    });
  });

  test('have one shipper, which also takes the records of the control plane', () => {
    const configs = [...shipperConfigs(home, record()).values()];
    expect(configs).toHaveLength(1);
    expect(configs[0]).toMatchObject({
      sourcesDirs: ['/var/vigil/demo/nodes/node-1/sources', '/var/vigil/demo/nodes/node-2/sources'],
      recordsDirs: [
        '/var/vigil/demo/control-plane/records',
        '/var/vigil/demo/nodes/node-1/records',
        '/var/vigil/demo/nodes/node-2/records',
      ],
      outputs: [{ url: 'https://10.96.0.92:9200', serverName: 'elasticsearch.vigil-system.svc' }],
    });
  });
});

test('a shipper has the further outputs beside the store', () => {
  const otel = { name: 'otel', kind: 'otlp', url: 'http://127.0.0.1:4318', required: false } as const;
  const [config] = shipperConfigs(home, record({ logOutputs: [otel] })).values();
  expect(config?.outputs.map(({ name }) => name)).toEqual(['store', 'otel']);
  expect(config?.outputs[1]).toEqual(otel);
});

describe('isolated nodes', () => {
  test('are their own gateway and reach the API by the link', () => {
    const isolated = record({ isolated: true });
    const [first] = isolated.nodes;
    if (!first) throw new Error('two nodes');
    expect(agentConfig(home, isolated, first, 'unix:///run/x/1.sock')).toMatchObject({
      apiServer: 'https://10.244.0.1:6443',
      network: { subnet: '10.244.1.0/24', gateway: '10.244.1.1' },
      dockerHost: 'unix:///run/x/1.sock',
    });
  });

  test('have a shipper each, the first of which takes the records of the control plane', () => {
    const configs = [...shipperConfigs(home, record({ isolated: true })).values()];
    expect(configs.map((config) => config.recordsDirs.length)).toEqual([2, 1]);
    expect(configs.map((config) => config.metricsPort)).toEqual([9600, 9601]);
  });
});

describe('the control plane', () => {
  test('listens on loopback and for pods', () => {
    expect(controlPlaneConfig('/repo', home, record())).toMatchObject({
      listen: ['127.0.0.1', '10.244.0.1'],
      kubernetesServiceIP: '10.96.0.1',
      logStore: { kind: 'cluster' },
    });
  });

  test('without nodes has no pod network to listen on and no log store', () => {
    expect(controlPlaneConfig('/repo', home, record({ nodes: 0 }))).toMatchObject({
      listen: ['127.0.0.1'],
      logStore: { kind: 'none' },
    });
    expect(shipperConfigs(home, record({ nodes: 0 })).size).toBe(0);
  });

  test('is told of a store outside, with the cluster’s credentials only when it is our own', () => {
    const outside = { kind: 'opensearch', url: 'https://logs.example:9200', clusterCredentials: false } as const;
    expect(controlPlaneConfig('/repo', home, record({ logStore: outside })).logStore).toEqual({
      kind: 'url',
      url: 'https://logs.example:9200',
    });
    const own = { ...outside, clusterCredentials: true };
    expect(controlPlaneConfig('/repo', home, record({ logStore: own })).logStore).toHaveProperty('apiKeyFile');
  });

  test.each([
    ['elasticsearch', 'elastic'],
    ['opensearch', 'admin'],
  ] as const)('signs in at %s of the cluster, as the shipper does', (chart, username) => {
    const chosen = record({ logStore: { chart, isSecure: true } });
    const { logStore } = controlPlaneConfig('/repo', home, chosen);
    const [shipper] = shipperConfigs(home, chosen).values();
    const access = {
      username,
      passwordFile: expect.stringContaining('api-key'),
      caCert: expect.stringContaining('ca'),
    };
    expect(logStore).toEqual({ kind: 'cluster', ...access });
    expect(shipper?.outputs).toEqual([
      {
        name: 'store',
        kind: chart,
        url: 'https://10.96.0.92:9200',
        serverName: 'elasticsearch.vigil-system.svc',
        ...access,
        retention: { maxAge: '14d' },
      },
    ]);
  });

  test('asks a store without security in the open', () => {
    const open = record({ logStore: { chart: 'opensearch', isSecure: false } });
    expect(controlPlaneConfig('/repo', home, open).logStore).toEqual({ kind: 'cluster' });
    const [shipper] = shipperConfigs(home, open).values();
    expect(shipper?.outputs).toMatchObject([{ name: 'store', kind: 'opensearch', url: 'http://10.96.0.92:9200' }]);
  });

  test('shows a store outside what it was told to', () => {
    const access = { username: 'u', passwordFile: '/pw', caCert: '/ca' };
    const outside = { kind: 'elasticsearch', url: 'https://es', clusterCredentials: false, access } as const;
    expect(controlPlaneConfig('/repo', home, record({ logStore: outside })).logStore).toEqual({
      kind: 'url',
      url: 'https://es',
      ...access,
    });
  });
});
