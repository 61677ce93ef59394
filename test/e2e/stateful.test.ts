import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { mustRun } from '../support/run-program.ts';
import { sharedCluster } from './shared-cluster.ts';

/** Pods that keep something: names, order, volumes and data on real containers, with the machine's own kubectl. */
const cluster = sharedCluster();
const namespace = 'stateful-e2e';
const kubectl = (...args: readonly string[]) => cluster.kubectl('-n', namespace, ...args);

/** Each start of a container adds a line to the volume. */
const set = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'web', namespace },
  spec: {
    serviceName: 'web',
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000 },
        containers: [
          {
            name: 'main',
            image: 'vigil/busybox:dev',
            command: [
              'sh',
              '-c',
              'trap \'exit 0\' TERM; echo "$HOSTNAME $V" >> /data/starts; while :; do sleep 1; done',
            ],
            env: [{ name: 'V', value: 'one' }],
            readinessProbe: { exec: { command: ['test', '-s', '/data/starts'] }, periodSeconds: 1, timeoutSeconds: 5 },
            resources: { requests: { cpu: '10m' } },
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
        ],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Mi' } } },
      },
    ],
  },
};

beforeAll(async () => {
  await cluster.kubectl('create', 'namespace', namespace);
  const service = {
    metadata: { name: 'web' },
    spec: { clusterIP: 'None', selector: { app: 'web' }, ports: [{ port: 80 }] },
  };
  await cluster.json('POST', `/api/v1/namespaces/${namespace}/services`, service);
  await cluster.json('POST', `/apis/apps/v1/namespaces/${namespace}/statefulsets`, set);
  await kubectl('rollout', 'status', 'sts/web', '--timeout=90s');
}, 120_000);

afterAll(() => cluster.kubectl('delete', 'namespace', namespace, '--wait=false'));

const get = (what: string, path: string) => kubectl('get', ...what.split(' '), '-o', `jsonpath={${path}}`);
const starts = async (pod: string) => (await kubectl('exec', pod, '--', 'cat', '/data/starts')).trim().split('\n');
const volumeOf = (claim: string) => get(`pvc ${claim}`, '.spec.volumeName');

describe('a stateful set with claims', () => {
  test('has a volume for each pod, on the node of the pod', async () => {
    expect(await kubectl('get', 'sts')).toMatch(/^NAME\s+READY\s+AGE\nweb\s+2\/2\s/);
    expect(await kubectl('get', 'pvc')).toMatch(
      /^NAME\s+STATUS\s+VOLUME\s+CAPACITY\s+ACCESS MODES\s+STORAGECLASS\s+VOLUMEATTRIBUTESCLASS\s+AGE\ndata-web-0\s+Bound\s+pvc-\S+\s+10Mi\s+RWO\s+local-path\s+<unset>\s/,
    );
    for (const ordinal of ['0', '1']) {
      const volume = await volumeOf(`data-web-${ordinal}`);
      const values = await get(
        `pv ${volume}`,
        '.spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values[0]',
      );
      expect(await get(`pod web-${ordinal}`, '.spec.nodeName')).toBe(values);
      expect(await starts(`web-${ordinal}`)).toEqual([`web-${ordinal} one`]);
    }
  });

  test('its pods find one another by name', async () => {
    const ip = await get('pod web-1', '.status.podIP');
    const name = `web-1.web.${namespace}.svc.cluster.local`;
    await eventually('the name is known', async () =>
      (await kubectl('exec', 'web-0', '--', 'nslookup', name)).includes(ip),
    );
  });

  test('a deleted pod comes back under its name, with its volume and its data', async () => {
    const [uid, volume] = [await get('pod web-1', '.metadata.uid'), await volumeOf('data-web-1')];
    await kubectl('delete', 'pod', 'web-1');
    await kubectl('rollout', 'status', 'sts/web', '--timeout=60s');
    await kubectl('wait', '--for=condition=Ready', 'pod/web-1', '--timeout=60s');
    expect(await get('pod web-1', '.metadata.uid')).not.toBe(uid);
    expect(await volumeOf('data-web-1')).toBe(volume);
    expect(await starts('web-1')).toEqual(['web-1 one', 'web-1 one']);
  });

  test('an update goes from the highest down, and can be undone', async () => {
    const watch = cluster.spawnKubectl(
      '-n',
      namespace,
      'get',
      'pods',
      '-l',
      'app=web',
      '-w',
      '-o',
      'jsonpath={.metadata.name} {.spec.containers[0].env[0].value} {.status.phase}{"\\n"}',
    );
    try {
      await eventually('the watch has begun', () => watch.output().includes('web-1 one'));
      await kubectl('set', 'env', 'sts/web', 'V=two');
      await kubectl('rollout', 'status', 'sts/web', '--timeout=90s');
      const lines = watch.output().split('\n');
      const first = (line: string) => lines.findIndex((one) => one.startsWith(line));
      expect(first('web-1 two')).toBeGreaterThan(0);
      expect(first('web-0 two')).toBeGreaterThan(lines.findIndex((one) => one === 'web-1 two Running'));
    } finally {
      await watch.stop();
    }
    expect(await kubectl('rollout', 'history', 'sts/web')).toMatch(/REVISION\s+CHANGE-CAUSE\n1\s+<none>\n2\s+<none>/);
    await kubectl('rollout', 'undo', 'sts/web');
    await kubectl('rollout', 'status', 'sts/web', '--timeout=90s');
    expect((await starts('web-0')).slice(-2)).toEqual(['web-0 two', 'web-0 one']);
    const kctl = (...args: readonly string[]) => cluster.kctl('rollout', ...args, 'sts/web', '-n', namespace);
    expect(await kctl('history')).toMatch(/^REVISION\s+IMAGES\s+CHANGE-CAUSE\n2\s+vigil\/busybox:dev\s+<none>\n3\s/);
    expect(await kctl('status')).toContain('successfully rolled out');
  });

  test('growing smaller keeps claims, and their volumes are used again', async () => {
    const volume = await volumeOf('data-web-1');
    await kubectl('scale', 'sts/web', '--replicas=1');
    await kubectl('wait', '--for=delete', 'pod/web-1', '--timeout=60s');
    expect(await volumeOf('data-web-1')).toBe(volume);
    await kubectl('scale', 'sts/web', '--replicas=2');
    await kubectl('rollout', 'status', 'sts/web', '--timeout=60s');
    await kubectl('wait', '--for=condition=Ready', 'pod/web-1', '--timeout=60s');
    expect((await starts('web-1'))[0]).toBe('web-1 one');
  });

  test('a deleted claim takes its folder along, once no pod uses it', async () => {
    const volume = await volumeOf('data-web-1');
    const path = await get(`pv ${volume}`, '.spec.local.path');
    expect(existsSync(path)).toBe(true);
    await kubectl('delete', 'pvc', 'data-web-1', '--wait=false');
    expect(await kubectl('get', 'pvc', 'data-web-1')).toContain('Terminating');
    await kubectl('scale', 'sts/web', '--replicas=1');
    await kubectl('wait', '--for=delete', `pv/${volume}`, '--timeout=60s');
    expect(existsSync(path)).toBe(false);
  });
});

describe('a chart with a volume', () => {
  const chart = join(import.meta.dirname, '../../charts/log-store');
  const helm = (...args: readonly string[]) =>
    mustRun('helm', [...args, '--namespace', namespace], {
      env: { KUBECONFIG: cluster.kubeconfig },
      timeoutMs: 120_000,
    });
  const key = () => get('secret store-credentials', '.data.apiKey');

  test('is installed and upgraded by helm, and keeps its key', async () => {
    const settings = ['--set', 'fullnameOverride=store,persistence.size=10Mi,resources.requests.cpu=10m'];
    await helm('install', 'store', chart, ...settings, '--wait', '--timeout', '100s');
    expect(await kubectl('get', 'sts', 'store')).toMatch(/store\s+1\/1/);
    const before = await key();
    await helm('upgrade', 'store', chart, ...settings, '--set', 'retention.maxAge=1d', '--wait', '--timeout', '100s');
    expect(await key()).toBe(before);
    expect(await helm('status', 'store')).toContain('STATUS: deployed');
    await helm('uninstall', 'store', '--wait');
    expect(await key()).toBe(before);
    expect(await kubectl('get', 'pvc', 'data-store-0')).toContain('Bound');
  });
});
