import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDocker } from '../../cli/cluster/engine.ts';
import { makeImages } from '../../cli/cluster/images/make-images.ts';
import { openSearchImage } from '../servers/opensearch-image.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';

/** A cluster whose log store is a real OpenSearch in the cluster, by its chart. The image has no security plugin: this is about the way of the lines. */

const folder = mkdtempSync(join(tmpdir(), 'vigil-chart-'));
let cluster: TestCluster;

beforeAll(async () => {
  const { repository, tag, recipe } = openSearchImage();
  await makeImages([await connectDocker(process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock')], [recipe]);
  const values = join(folder, 'values.yaml');
  const chart = {
    image: { repository, tag },
    heap: '512m',
    resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '2Gi' } },
    persistence: { size: '1Gi' },
    security: { enabled: false },
    extraEnv: [
      {
        name: 'OPENSEARCH_JAVA_OPTS',
        value: '-Xms512m -Xmx512m -XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch',
      },
    ],
    config: { 'cluster.routing.allocation.disk.threshold_enabled': false },
  };
  writeFileSync(values, stringify(chart));
  cluster = await startCluster({ name: 'chart', nodes: 1, logStore: 'opensearch', logStoreValues: values });
}, 300_000);

afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const store = (...args: readonly string[]) => cluster.kubectl('-n', 'vigil-system', ...args);
const ask = (path: string) => store('exec', 'elasticsearch-0', '--', 'wget', '-qO-', `http://127.0.0.1:9200${path}`);

/** A pod that writes one line and ends. */
const say = (name: string, line: string) =>
  cluster.kubectl('run', name, '--image=vigil/busybox:dev', '--restart=Never', '--', 'echo', line);

const found = (line: string) =>
  eventually(
    `${line} is found in the store`,
    async () => (await cluster.runKctl(['search', `"${line}"`])).stdout.includes(line),
    150_000,
  );

describe('logs in a real OpenSearch that runs in the cluster', () => {
  test('are shipped there and found by kctl', async () => {
    expect(cluster.said).toContain('(opensearch)');
    expect(await ask('/')).toContain('"distribution" : "opensearch"');
    await say('first', 'the first line of all');
    await found('the first line of all');
    expect(await ask('/_cat/indices')).toContain('logs-vigil.containers-default');
  });

  test('are on a volume that outlives the pod', async () => {
    expect(await store('get', 'pvc')).toMatch(/data-elasticsearch-0\s+Bound\s+pvc-\S+\s+1Gi\s+RWO\s+local-path/);
    await store('delete', 'pod', 'elasticsearch-0');
    await say('meanwhile', 'a line while the store was away');
    await found('the first line of all');
    await found('a line while the store was away');
  });
});
