import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemClock } from '../../lib/clock.ts';
import { HttpKubeClient } from '../../lib/kube/http-client.ts';
import { namespaces, nodes } from '../../lib/kube/resources.ts';
import { startCluster, type TestCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { mustRun, runProgram } from '../support/run-program.ts';

const MIB = 1024 * 1024;

/** What a cluster may leave nowhere on the machine once it is removed. */
async function tracesOf(cluster: TestCluster): Promise<readonly string[]> {
  const { network, bridge } = cluster.record;
  const [containers, networks, tables, links, rules, namespacesOfHost] = await Promise.all([
    mustRun('docker', ['ps', '-a', '--filter', `label=dev.vigil.cluster=${cluster.name}`, '--format', '{{.Names}}']),
    mustRun('docker', ['network', 'ls', '--filter', `name=${network}`, '--format', '{{.Name}}']),
    mustRun('nft', ['list', 'tables']),
    mustRun('ip', ['-o', 'link']),
    mustRun('iptables-save', []),
    mustRun('ip', ['netns', 'list']),
  ]);
  return [
    ...containers.split('\n'),
    ...networks.split('\n'),
    ...tables.split('\n').filter((line) => line.endsWith(` ${network}`)),
    ...links.split('\n').filter((line) => line.includes(bridge)),
    ...rules.split('\n').filter((line) => line.includes(bridge)),
    ...namespacesOfHost.split('\n').filter((line) => line.startsWith(bridge)),
  ].filter((line) => line !== '');
}

describe('a cluster of one node', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ name: 'life', nodes: 1 });
  });
  afterAll(() => cluster.stop());

  test('is Ready when kctl up returns, and says how to use it', async () => {
    expect(cluster.said).toContain(`export KUBECONFIG=${cluster.kubeconfig}`);
    expect(cluster.said).toMatch(/console {5}https:\/\/127\.0\.0\.1:\d+\/console/);
    const { items } = await cluster.client.list(nodes);
    expect(items.map((node) => node.metadata?.name)).toEqual(['node-1']);
    expect((await cluster.kctl('kubeconfig')).trim()).toBe(cluster.kubeconfig);
  });

  test('keeps its keys to itself', () => {
    const pki = join(cluster.home.root, 'pki');
    const open = readdirSync(pki).filter((file) => (statSync(join(pki, file)).mode & 0o077) !== 0);
    expect(open).toEqual([]);
  });

  test('is brought back by a backup that was made while it ran, pods running on', async () => {
    const file = join(cluster.home.root, 'backup.ndjson');
    await cluster.kubectl('create', 'configmap', 'kept', '--from-literal=a=1');
    const pod = [
      '-n',
      'vigil-system',
      'get',
      'pods',
      '-o',
      'jsonpath={.items[*].status.containerStatuses[*].containerID}',
    ];
    const running = await cluster.kubectl(...pod);
    expect(await cluster.kctl('backup', file)).toContain('kctl restore');
    expect(statSync(file).mode & 0o077).toBe(0);
    await cluster.kubectl('create', 'configmap', 'new', '--from-literal=a=1');
    await cluster.kubectl('delete', 'configmap', 'kept');
    expect((await cluster.runKctl(['restore', file])).stderr).toContain('--yes');
    await cluster.kctl('restore', file, '--yes');
    await eventually('what was deleted is back', async () => {
      const names = await cluster.kubectl('get', 'configmaps', '-o', 'name');
      return names.includes('configmap/kept') && !names.includes('configmap/new');
    });
    expect(await cluster.kubectl(...pod)).toBe(running);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"kept"', '"kepd"'));
    const refused = await cluster.runKctl(['restore', file, '--yes']);
    expect(refused.stderr).toContain('the checksum does not fit');
    await eventually('and it runs on', async () =>
      (await cluster.kubectl('get', 'configmap', 'kept')).includes('kept'),
    );
  });

  test('kctl up again changes nothing', async () => {
    const pids = () =>
      readdirSync(cluster.home.run)
        .filter((file) => file.endsWith('.pid'))
        .map((file) => readFileSync(join(cluster.home.run, file), 'utf8'));
    const before = { pids: pids(), record: readFileSync(cluster.home.record, 'utf8') };
    await cluster.kctl('up', '--name', cluster.name, '--no-demo');
    expect({ pids: pids(), record: readFileSync(cluster.home.record, 'utf8') }).toEqual(before);
  });

  test('a process that is killed comes back, and what was acknowledged is still there', async () => {
    await cluster.client.create(namespaces, { metadata: { name: 'kept' } });
    const pidFile = join(cluster.home.run, 'control-plane.pid');
    const old = readFileSync(pidFile, 'utf8').trim();
    process.kill(Number(old), 'SIGKILL');
    await eventually(
      'another control plane runs',
      () => existsSync(pidFile) && readFileSync(pidFile, 'utf8').trim() !== old,
    );
    await eventually(
      'the namespace is found again',
      async () => (await cluster.client.get(namespaces, { name: 'kept' })).metadata?.name === 'kept',
    );
  });

  test('its processes together stay within their memory', async () => {
    const found = JSON.parse(await cluster.kctl('status', '-o', 'json')) as readonly {
      readonly residentBytes: number;
    }[];
    const total = found.reduce((sum, one) => sum + one.residentBytes, 0);
    expect(total / MIB).toBeLessThan(350);
  });

  test('kctl token signs in, and a wrong token does not', async () => {
    const token = (await cluster.kctl('token')).trim();
    const ca = readFileSync(join(cluster.home.pki, 'ca.crt'), 'utf8');
    const listNodes = async (bearer: string) => {
      const server = `https://127.0.0.1:${cluster.record.port}`;
      const client = new HttpKubeClient({ server, ca, token: bearer, clock: new SystemClock() });
      try {
        return await client.list(nodes);
      } finally {
        client.close();
      }
    };
    expect((await listNodes(token)).items).toHaveLength(1);
    await expect(listNodes(`${token.slice(0, -4)}AAAA`)).rejects.toMatchObject({ httpStatus: 401 });
  });

  test('an option that cannot be changed any more is refused with the way out', async () => {
    const { code, stderr } = await cluster.runKctl(['up', '--name', cluster.name, '--profile', 'kubernetes']);
    expect(code).toBe(1);
    expect(stderr).toContain(`kctl down --name ${cluster.name}`);
  });
});

describe('clusters side by side', () => {
  test('have subnets and ports of their own, and leave nothing behind', async () => {
    const [bare, other] = await Promise.all([
      startCluster({ name: 'bare', nodes: 0 }),
      startCluster({ name: 'side', nodes: 1, logStore: 'none' }),
    ]);
    try {
      expect(bare.record.port).not.toBe(other.record.port);
      expect(bare.record.podSubnet).not.toBe(other.record.podSubnet);
      expect((await bare.client.list(nodes)).items).toEqual([]);
      expect((await other.client.list(nodes)).items).toHaveLength(1);
    } finally {
      await Promise.all([bare.stop(), other.stop()]);
    }
    expect(await tracesOf(other)).toEqual([]);
    expect(existsSync(other.vigilHome)).toBe(false);
  });
});

describe('an isolated cluster', () => {
  test('gives each node an engine, connects their pods, survives a node’s death, and leaves nothing behind', async () => {
    const cluster = await startCluster({ name: 'iso', nodes: 2, isolated: true, logStore: 'none' });
    try {
      await cluster.kubectl(
        'create',
        'deployment',
        'web',
        '--image=vigil/busybox:dev',
        '--replicas=4',
        '--',
        'sh',
        '-c',
        'hostname > /index.html; exec httpd -f -h /',
      );
      await cluster.kubectl('expose', 'deployment', 'web', '--port=80');
      await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      const where = await cluster.kubectl('get', 'pods', '-o', 'jsonpath={.items[*].spec.nodeName}');
      expect(new Set(where.split(' '))).toEqual(new Set(['node-1', 'node-2']));
      const answers = await cluster.kubectl(
        'exec',
        'deployment/web',
        '--',
        'sh',
        '-c',
        'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do wget -qO- http://web/; done',
      );
      expect(new Set(answers.trim().split('\n')).size).toBeGreaterThan(1);
      await cluster.kctl('node', 'kill', 'node-2');
      await eventually(
        'all pods run on the node that is left',
        async () => {
          const pods = await cluster.kubectl(
            'get',
            'pods',
            '-o',
            'jsonpath={range .items[*]}{.spec.nodeName}={.status.phase} {end}',
          );
          return pods
            .trim()
            .split(' ')
            .every((pod) => pod === 'node-1=Running');
        },
        60_000,
      );
      await cluster.kctl('node', 'start', 'node-2');
      await eventually(
        'the node is Ready again',
        async () => !(await cluster.kubectl('get', 'nodes')).includes('NotReady'),
        60_000,
      );
    } finally {
      await cluster.stop();
    }
    expect(await tracesOf(cluster)).toEqual([]);
    expect((await runProgram('sh', ['-c', `mount | grep -c ${cluster.name}`])).stdout.trim()).toBe('0');
  });
});
