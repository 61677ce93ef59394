import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { sharedCluster } from './shared-cluster.ts';
import { lineWriter } from './workloads.ts';

/** The machine's own kubectl on real containers: what people type on the first day. */
const cluster = sharedCluster();
const namespace = 'kubectl-e2e';
const folder = mkdtempSync(join(tmpdir(), 'vigil-kubectl-'));
const kubectl = (...args: readonly string[]) => cluster.kubectl('-n', namespace, ...args);

beforeAll(async () => {
  await cluster.kubectl('create', 'namespace', namespace);
  const manifest = join(folder, 'web.yaml');
  const deployment = lineWriter({ namespace, name: 'web', replicas: 2, readiness: true });
  writeFileSync(manifest, stringify({ apiVersion: 'apps/v1', kind: 'Deployment', ...deployment }));
  await kubectl('apply', '-f', manifest);
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');
}, 120_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
});

const podName = async () =>
  (await kubectl('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}')).trim();

describe('kubectl looks', () => {
  test('get prints the columns that it prints elsewhere', async () => {
    expect(await kubectl('get', 'deployment', 'web')).toMatch(
      /^NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\nweb\s+2\/2\s+2\s+2\s/,
    );
    expect(await kubectl('get', 'pods', '-o', 'wide')).toMatch(
      /^NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\s+IP\s+NODE\s+NOMINATED NODE\s+READINESS GATES\n/,
    );
    expect(await cluster.kubectl('get', 'nodes')).toMatch(/node-1\s+Ready/);
  });

  test('get -o yaml and -o json show the object', async () => {
    expect(await kubectl('get', 'deploy', 'web', '-o', 'yaml')).toContain('kind: Deployment');
    expect(JSON.parse(await kubectl('get', 'deploy', 'web', '-o', 'json'))).toMatchObject({ spec: { replicas: 2 } });
  });

  test('get -w goes on with each change', async () => {
    const watch = cluster.spawnKubectl('-n', namespace, 'get', 'configmaps', '-w');
    try {
      await eventually('the watch shows what there is', () => watch.output().includes('kube-root-ca.crt'));
      await kubectl('create', 'configmap', 'seen', '--from-literal=a=b');
      await eventually('the watch shows what is new', () => watch.output().includes('seen'));
    } finally {
      await watch.stop();
    }
  });

  test('describe shows the pod with its events', async () => {
    const text = await kubectl('describe', 'pod', await podName());
    expect(text).toContain('Readiness:');
    expect(text).toMatch(/Normal\s+Scheduled/);
    expect(text).toMatch(/Normal\s+Started/);
  });

  test('logs -f streams the lines of a running pod', async () => {
    const follow = cluster.spawnKubectl('-n', namespace, 'logs', '-f', await podName());
    try {
      const first = await eventually(
        'first lines',
        () => follow.output().split('\n').length > 2 && follow.output().split('\n').length,
      );
      await eventually('more lines', () => follow.output().split('\n').length > first);
    } finally {
      await follow.stop();
    }
  });

  test('top shows nodes and pods', async () => {
    await eventually(
      'figures of all three nodes',
      async () =>
        [...(await cluster.kubectl('top', 'nodes')).matchAll(/^node-\d\s+\d+m\s+\d+%\s+\d+Mi\s+\d+%/gm)].length === 3,
      60_000,
    );
    expect(await eventually('pod metrics', () => kubectl('top', 'pods'))).toMatch(/web-\S+\s+\d+m\s+\d+Mi/);
  });
});

describe('kubectl changes', () => {
  test('exec runs a command and passes its exit code on', async () => {
    const name = await podName();
    expect(await kubectl('exec', name, '--', 'sh', '-c', 'echo out; hostname')).toBe(`out\n${name}\n`);
    expect((await cluster.runKubectl(['-n', namespace, 'exec', name, '--', 'sh', '-c', 'exit 7'])).code).toBe(7);
    const input = await cluster.runKubectl(['-n', namespace, 'exec', '-i', name, '--', 'cat'], { input: 'to and fro' });
    expect(input.stdout).toBe('to and fro');
  });

  test('scale changes the number of pods', async () => {
    await kubectl('scale', 'deployment', 'web', '--replicas=3');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    expect((await kubectl('get', 'pods', '-l', 'app=web', '--no-headers')).trim().split('\n')).toHaveLength(3);
    await kubectl('scale', 'deployment', 'web', '--replicas=2');
  });

  test('set image, rollout status and rollout undo', async () => {
    await kubectl('set', 'image', 'deployment/web', 'main=vigil/node:dev');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');
    expect(
      await kubectl('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.containers[0].image}'),
    ).toContain('vigil/node:dev');
    await kubectl('rollout', 'undo', 'deployment/web');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');
    expect(await kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')).toBe(
      'vigil/busybox:dev',
    );
    expect(await kubectl('rollout', 'history', 'deployment/web')).toContain('REVISION');
  });

  test('run, expose, create, label and annotate', async () => {
    await kubectl('run', 'single', '--image=vigil/busybox:dev', '--labels=app=single', '--', 'sleep', '600');
    await kubectl('wait', '--for=condition=Ready', 'pod/single', '--timeout=60s');
    await kubectl('expose', 'pod', 'single', '--port=80', '--name=single');
    expect(await kubectl('get', 'service', 'single')).toMatch(/ClusterIP\s+10\./);
    await kubectl('create', 'secret', 'generic', 'keys', '--from-literal=k=v');
    expect(await kubectl('get', 'secret', 'keys', '-o', 'jsonpath={.data.k}')).toBe('dg==');
    await kubectl('label', 'pod', 'single', 'tier=back');
    await kubectl('annotate', 'pod', 'single', 'note=seen');
    expect(
      await kubectl('get', 'pods', '-l', 'tier=back', '-o', 'jsonpath={.items[0].metadata.annotations.note}'),
    ).toBe('seen');
    await kubectl('delete', 'pod', 'single', '--grace-period=0', '--force');
  });

  test('cordon, drain and uncordon move pods off a node', async () => {
    const node = (await kubectl('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].spec.nodeName}')).trim();
    await cluster.kubectl('cordon', node);
    expect(await cluster.kubectl('get', 'node', node)).toContain('SchedulingDisabled');
    try {
      await cluster.kubectl(
        'drain',
        node,
        '--ignore-daemonsets',
        '--delete-emptydir-data',
        '--force',
        '--pod-selector=app=web',
        '--timeout=90s',
      );
      await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      expect(await kubectl('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[*].spec.nodeName}')).not.toContain(
        node,
      );
    } finally {
      await cluster.kubectl('uncordon', node);
    }
  });

  test('port-forward reaches the demo', async () => {
    const forward = cluster.spawnKubectl('-n', 'default', 'port-forward', 'deployment/hello', ':80');
    try {
      const port = await eventually('the local port', () => /127\.0\.0\.1:(\d+) ->/.exec(forward.output())?.[1]);
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      expect(await answer.json()).toMatchObject({ message: 'Hello, world' });
    } finally {
      await forward.stop();
    }
  });
});

describe('bad input', () => {
  const apply = (text: string, ...args: readonly string[]) =>
    cluster.runKubectl(['-n', namespace, 'apply', ...args, '-f', '-'], { input: text });

  test('an invalid manifest is refused with every field named', async () => {
    const bad = {
      ...lineWriter({ namespace, name: 'Bad_Name', replicas: -1 }),
      apiVersion: 'apps/v1',
      kind: 'Deployment',
    };
    const result = await apply(stringify(bad));
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('metadata.name');
    expect(result.stderr).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0');
  });

  test('an unknown field is an error or a warning as --validate asks', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\ndatta: {a: b}\n';
    const strict = await apply(text, '--validate=strict');
    expect(strict.code).toBe(1);
    expect(strict.stderr).toContain('unknown field "datta"');
    const warn = await apply(text, '--validate=warn');
    expect(warn.code).toBe(0);
    expect(warn.stderr).toContain('unknown field "datta"');
  });

  test('a wrong token is 401 and a forbidden verb 403', async () => {
    const server = (
      await cluster.kubectl('config', 'view', '--raw', '-o', 'jsonpath={.clusters[0].cluster.server}')
    ).trim();
    // An empty kubeconfig: the administrator's certificate must not speak for the wrong token.
    const stranger = ['--kubeconfig=/dev/null', `--server=${server}`, '--insecure-skip-tls-verify'];
    const wrong = await cluster.runKubectl([...stranger, '--token=wrong', 'get', 'pods']);
    expect(wrong.stderr).toMatch(/must be logged in|Unauthorized|provide credentials/);
    await kubectl('create', 'serviceaccount', 'nobody');
    const token = (await kubectl('create', 'token', 'nobody')).trim();
    const forbidden = await cluster.runKubectl([...stranger, `--token=${token}`, '-n', namespace, 'get', 'secrets']);
    expect(forbidden.stderr).toContain(
      `secrets is forbidden: User "system:serviceaccount:${namespace}:nobody" cannot list resource "secrets" in API group "" in the namespace "${namespace}"`,
    );
  });

  test('a missing image is ImagePullBackOff with the reason', async () => {
    await kubectl('run', 'noimage', '--image=vigil/not-there:1');
    await eventually(
      'backing off',
      async () => /ImagePullBackOff|ErrImagePull/.test(await kubectl('get', 'pod', 'noimage')),
      60_000,
    );
    const events = await kubectl('describe', 'pod', 'noimage');
    expect(events).toMatch(/Failed to pull image "vigil\/not-there:1"/);
    await kubectl('delete', 'pod', 'noimage', '--grace-period=0', '--force');
  });
});
