import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newRecord } from '../../../cli/cluster/cluster-plan.ts';
import type { ChartLogStore } from '../../../cli/cluster/cluster-record.ts';
import { logStoreChartObjects } from '../../../cli/cluster/log-store-chart.ts';
import type { KubeObject, StatefulSet } from '../../../lib/kube/types.ts';

/** The store that `kctl up --log-store opensearch` makes: the chart with what the cluster decides. */

const root = join(import.meta.dirname, '../../..');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-store-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const record = newRecord(
  { name: 'mine' },
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

const objectsOf = (store: ChartLogStore, env: Readonly<Record<string, string | undefined>> = process.env) =>
  logStoreChartObjects(root, folder, env, record, store);

function find(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find((one) => one.kind === kind && one.metadata?.name === name);
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found;
}

describe.each(['elasticsearch', 'opensearch'] as const)('a cluster’s own %s', (chart) => {
  test('has the name, the address and the credentials by which everybody finds the store', async () => {
    const objects = await objectsOf({ chart, isSecure: true });
    expect(objects.every(({ metadata }) => metadata?.namespace === 'vigil-system')).toBe(true);
    expect(objects.some(({ kind }) => kind === 'Secret')).toBe(false);
    expect(find(objects, 'Service', 'elasticsearch')).toMatchObject({
      spec: { clusterIP: '10.96.0.92', ports: [{ port: 9200 }] },
    });
    const { spec } = find(objects, 'StatefulSet', 'elasticsearch') as StatefulSet;
    const pod = spec?.template.spec;
    expect(pod?.containers[0]?.env?.find(({ valueFrom }) => valueFrom)?.valueFrom?.secretKeyRef).toEqual({
      name: 'elasticsearch-credentials',
      key: 'apiKey',
    });
    expect(pod?.volumes?.find(({ name }) => name === 'certs')?.secret?.secretName).toBe('elasticsearch-credentials');
  });

  test('takes the values of a file, but for what the cluster decides', async () => {
    const valuesFile = join(folder, `${chart}.yaml`);
    writeFileSync(valuesFile, 'heap: 3g\nservice: { port: 1, annotations: { team: logs } }\nfullnameOverride: other\n');
    const objects = await objectsOf({ chart, isSecure: true, valuesFile });
    expect(find(objects, 'Service', 'elasticsearch')).toMatchObject({
      metadata: { annotations: { team: 'logs' } },
      spec: { ports: [{ port: 9200 }] },
    });
    expect(JSON.stringify(find(objects, 'StatefulSet', 'elasticsearch'))).toContain('-Xmx3g');
  });
});

test('what helm refuses is told in its words', async () => {
  const valuesFile = join(folder, 'bad.yaml');
  writeFileSync(valuesFile, 'heap: much\n');
  await expect(objectsOf({ chart: 'opensearch', isSecure: true, valuesFile })).rejects.toMatchObject({
    code: 'CHART_INVALID',
    message: expect.stringContaining('heap'),
  });
});

test('without helm it is said where to get it', async () => {
  await expect(objectsOf({ chart: 'opensearch', isSecure: true }, { PATH: folder })).rejects.toMatchObject({
    code: 'NO_HELM',
  });
});
