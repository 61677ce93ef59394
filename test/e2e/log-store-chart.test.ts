import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectDocker } from '../../cli/cluster/engine.ts';
import { makeImages } from '../../cli/cluster/images/make-images.ts';
import { elasticsearchImage, openSearchImage, type SearchServerImage } from '../servers/search-server-image.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';

/** Clusters whose log store is a real server in the cluster, by its chart: an OpenSearch in the open, and an Elasticsearch with TLS and a password. */

/** A Java server on a busy machine takes its time. */
const PATIENCE_MS = 150_000;

async function startWith(
  chart: 'elasticsearch' | 'opensearch',
  { repository, tag, recipe }: SearchServerImage,
  values: object,
): Promise<TestCluster> {
  await makeImages([await connectDocker(process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock')], [recipe]);
  const folder = mkdtempSync(join(tmpdir(), 'vigil-chart-'));
  const file = join(folder, 'values.yaml');
  const options = '-Xms512m -Xmx512m -XX:TieredStopAtLevel=1 -XX:-AlwaysPreTouch';
  writeFileSync(
    file,
    stringify({
      image: { repository, tag },
      resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { memory: '2Gi' } },
      persistence: { size: '1Gi' },
      extraEnv: [{ name: chart === 'opensearch' ? 'OPENSEARCH_JAVA_OPTS' : 'ES_JAVA_OPTS', value: options }],
      config: { 'cluster.routing.allocation.disk.threshold_enabled': false },
      ...values,
    }),
  );
  try {
    // The cluster remembers where the file is, and reads it again only when it is brought up again.
    return await startCluster({ name: 'chart', nodes: 1, logStore: chart, logStoreValues: file });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What tests ask of a cluster and the server in it. */
function talkTo(cluster: TestCluster) {
  const kubectl = (...args: readonly string[]) => cluster.kubectl('-n', 'vigil-system', ...args);
  return {
    kubectl,
    inServer: (script: string) => kubectl('exec', 'elasticsearch-0', '--', 'bash', '-c', script),
    /** A pod that writes one line and ends. */
    say: (name: string, line: string) =>
      cluster.kubectl('run', name, '--image=vigil/busybox:dev', '--restart=Never', '--', 'echo', line),
    found: (line: string) =>
      eventually(
        `${line} is found in the store`,
        async () => (await cluster.runKctl(['search', `"${line}"`])).stdout.includes(line),
        PATIENCE_MS,
      ),
  };
}

describe('logs in a real OpenSearch that runs in the cluster', () => {
  let cluster: TestCluster;
  let talk: ReturnType<typeof talkTo>;

  beforeAll(async () => {
    cluster = await startWith('opensearch', openSearchImage(), { security: { enabled: false } });
    talk = talkTo(cluster);
  }, 300_000);
  afterAll(() => cluster?.stop());

  test('are shipped there and found by kctl', async () => {
    expect(cluster.said).toContain('(opensearch)');
    expect(await talk.inServer('curl -s http://127.0.0.1:9200/')).toContain('"distribution" : "opensearch"');
    await talk.say('first', 'the first line of all');
    await talk.found('the first line of all');
  });

  test('are on a volume that outlives the pod', async () => {
    expect(await talk.kubectl('get', 'pvc')).toMatch(/data-elasticsearch-0\s+Bound\s+pvc-\S+\s+1Gi\s+RWO\s+local-path/);
    await talk.kubectl('delete', 'pod', 'elasticsearch-0');
    await talk.say('meanwhile', 'a line while the store was away');
    await talk.found('the first line of all');
    await talk.found('a line while the store was away');
  });
});

/** A second server is too much for every run: `VIGIL_TEST_ON_DEMAND=1 npx vitest run --project e2e test/e2e/log-store-chart.test.ts`. */
const onDemand = process.env['VIGIL_TEST_ON_DEMAND'] === '1';

describe.runIf(onDemand)('logs in a real Elasticsearch with security', () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await startWith('elasticsearch', elasticsearchImage(), {});
  }, 300_000);
  afterAll(() => cluster?.stop());

  test('are found by who has the cluster’s password, and by nobody else', async () => {
    const { inServer, say, found } = talkTo(cluster);
    await say('first', 'a line that is kept well');
    await found('a line that is kept well');
    const ask = (how: string) =>
      inServer(
        `curl -s -o /dev/null -w '%{http_code}' ${how} --cacert config/certs/ca.crt https://localhost:9200/_cat/indices`,
      );
    expect(await ask('-u "elastic:$ELASTIC_PASSWORD"')).toBe('200');
    expect([await ask(''), await ask('-u elastic:changeme')]).toEqual(['401', '401']);
  });
});
