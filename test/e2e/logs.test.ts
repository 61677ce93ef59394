import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployments, pods } from '../../lib/kube/resources.ts';
import type { Deployment } from '../../lib/kube/types.ts';
import { eventually } from '../support/eventually.ts';
import { sharedCluster } from './shared-cluster.ts';

const cluster = sharedCluster();
const namespace = 'logs-e2e';
const PAD_BYTES = 8000;
const LOG_FILE_BYTES = 10_000_000;

beforeAll(async () => {
  await cluster.kubectl('create', 'namespace', namespace);
});
afterAll(async () => {
  await cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
});

/**
 * Each run of the container writes `run=<n> line=<i>` with n counted in a volume, so that a restart goes on with a run of its own. `bulk` long lines are written at once at the
 * start of the first run: more than one log file holds, so that the engine rotates while somebody follows.
 */
function counter(name: string, bulk: number): Deployment {
  const pad = 'x'.repeat(PAD_BYTES);
  const script = `
    trap 'exit 0' TERM
    run=$(cat /data/run 2>/dev/null || echo 0); echo $((run+1)) > /data/run
    i=0
    if [ "$run" = 0 ]; then while [ $i -lt ${bulk} ]; do echo "$HOSTNAME run=$run line=$i ${pad}"; i=$((i+1)); done; fi
    end=$((i+30)); while [ $i -lt $end ]; do echo "$HOSTNAME run=$run line=$i"; i=$((i+1)); sleep 0.1; done
    echo "$HOSTNAME run=$run done=$i"
    while :; do [ -e /data/crash ] && rm /data/crash && exit 7; sleep 0.1; done`;
  return {
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name, version: '1' } },
        spec: {
          terminationGracePeriodSeconds: 2,
          volumes: [{ name: 'data', emptyDir: {} }],
          containers: [
            {
              name: 'main',
              image: 'vigil/busybox:dev',
              command: ['sh', '-c', script],
              volumeMounts: [{ name: 'data', mountPath: '/data' }],
            },
          ],
        },
      },
    },
  };
}

/** Reads a growing output line by line, each line once: how often each number of each run was seen, and which runs have ended. */
class Tally {
  readonly runs = new Map<string, Map<number, number>>();
  readonly #done = new Map<string, number>();
  #readTo = 0;

  /** How many pods have ended their run of that number. */
  doneOf(output: string, run: number): number {
    this.#read(output);
    return [...this.#done.values()].filter((number) => number === run).length;
  }

  #read(output: string): void {
    for (let end = output.indexOf('\n', this.#readTo); end >= 0; end = output.indexOf('\n', this.#readTo)) {
      // The head of the line only: what pads it is as long as a page.
      const match = /^\S+ +\S+ +(\S+) run=(\d+) (line|done)=(\d+)/.exec(output.slice(this.#readTo, this.#readTo + 200));
      this.#readTo = end + 1;
      if (!match) continue;
      const [, pod, run, what, number] = match;
      const key = `${pod} run ${run}`;
      if (what === 'done') this.#done.set(key, Number(run));
      else this.#count(key, Number(number));
    }
  }

  #count(key: string, line: number): void {
    const seen = this.runs.get(key) ?? new Map<number, number>();
    this.runs.set(key, seen);
    seen.set(line, (seen.get(line) ?? 0) + 1);
  }
}

describe('kctl logs', () => {
  test('-f prints every numbered line exactly once across a restart, a log rotation and a rolling update', async () => {
    // Twice what one log file holds.
    const bulk = Math.ceil((2 * LOG_FILE_BYTES) / PAD_BYTES);
    await cluster.client.create(deployments, counter('counter', bulk));
    const follow = cluster.spawnKctl('logs', '-f', 'deploy/counter', '-n', namespace, '--tail', '-1');
    try {
      const tally = new Tally();
      const doneOf = (run: number) => tally.doneOf(follow.output(), run);
      await eventually('both pods wrote their first run', () => doneOf(0) === 2, 120_000);
      const [first] = (await cluster.client.list(pods, { namespace, labelSelector: 'app=counter' })).items;
      await cluster.kubectl('exec', '-n', namespace, first?.metadata?.name ?? '', '--', 'touch', '/data/crash');
      await eventually('the crashed container wrote its second run', () => doneOf(1) === 1, 60_000);
      await cluster.kubectl(
        'patch',
        'deployment',
        'counter',
        '-n',
        namespace,
        '-p',
        '{"spec":{"template":{"metadata":{"labels":{"version":"2"}}}}}',
      );
      await cluster.kubectl('rollout', 'status', 'deployment/counter', '-n', namespace, '--timeout=120s');
      await eventually('the new pods wrote their first run', () => doneOf(0) === 4, 120_000);

      expect(tally.runs.size).toBe(5);
      for (const [run, seen] of tally.runs) {
        const expected = run.endsWith('run 0') ? bulk + 30 : 30;
        expect({ run, lines: seen.size, most: Math.max(...seen.values()) }).toEqual({ run, lines: expected, most: 1 });
      }
    } finally {
      await follow.stop();
    }
  }, 420_000);

  test('of pods that start all at once has the only line of each', async () => {
    const replicas = 12;
    const labels = { app: 'burst' };
    const command = ['sh', '-c', 'echo "I was here"; exec sleep 600'];
    await cluster.client.create(deployments, {
      metadata: { name: 'burst', namespace },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [{ name: 'main', image: 'vigil/busybox:dev', command }],
          },
        },
      },
    });
    const query = { query: '"I was here"', workload: { kind: 'Deployment', name: 'burst' } };
    await eventually(
      'a line of every pod is stored',
      async () => {
        const path = `/apis/logs.vigil.dev/v1/namespaces/${namespace}/search`;
        const { hits } = (await cluster.json('POST', path, query)) as { hits: { pod: string }[] };
        return hits.length === replicas && new Set(hits.map((hit) => hit.pod)).size === replicas;
      },
      60_000,
    );
    await cluster.client.delete(deployments, { namespace, name: 'burst' });
  });

  test('shows the lines of a pod that no longer exists', async () => {
    await cluster.kubectl(
      'run',
      'gone',
      '-n',
      namespace,
      '--image=vigil/busybox:dev',
      '--restart=Never',
      '--',
      'sh',
      '-c',
      'for i in 1 2 3; do echo "last words $i"; done',
    );
    await eventually(
      'the pod has ended',
      async () => (await cluster.client.get(pods, { namespace, name: 'gone' })).status?.phase === 'Succeeded',
      60_000,
    );
    await cluster.kubectl('delete', 'pod', 'gone', '-n', namespace);
    const output = await eventually('the store has the lines', async () => {
      const text = await cluster.kctl('logs', 'gone', '-n', namespace);
      return text.includes('last words 3') && text;
    });
    expect(output.trim().split('\n')).toEqual(['last words 1', 'last words 2', 'last words 3']);
  });

  test('--previous, --grep and --since narrow what is shown', async () => {
    const args = ['logs', 'deploy/counter', '-n', namespace, '--tail', '-1', '--grep', 'run=1'] as const;
    const text = await cluster.kctl(...args);
    expect(text.trim().split('\n').length).toBe(31);
    expect(await cluster.kctl(...args, '--exclude', 'line=')).toContain('done=');
    expect(await cluster.kctl(...args, '--until', '10m')).toBe('');
  });
});

/** Writes numbered lines for ever, `prefix` before each. */
function writer(name: string, replicas: number, prefix: string): Deployment {
  const labels = { app: name };
  const script = `trap 'exit 0' TERM; i=0; while :; do echo "${prefix} $i"; i=$((i+1)); sleep 0.2; done`;
  return {
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          // Stays on a node that is gone.
          tolerations: [{ operator: 'Exists', effect: 'NoExecute' }],
          containers: [{ name: 'main', image: 'vigil/busybox:dev', command: ['sh', '-c', script] }],
        },
      },
    },
  };
}

describe('kctl logs and kctl search', () => {
  test('choose by level, with neighbours, and count over time', async () => {
    const script =
      'for i in 1 2 3 4 5; do echo "INFO step $i"; done; echo "ERROR pool: refused"; echo "WARN slow"; for i in 6 7; do echo "INFO step $i"; done';
    await cluster.kubectl(
      'run',
      'levels',
      '-n',
      namespace,
      '--image=vigil/busybox:dev',
      '--restart=Never',
      '--',
      'sh',
      '-c',
      script,
    );
    const of = (...args: readonly string[]) => cluster.kctl('logs', 'levels', '-n', namespace, ...args);
    await eventually('all lines are there', async () => (await of()).includes('step 7'), 60_000);
    expect(await of('--level', '>=warn')).toBe('ERROR pool: refused\nWARN slow\n');
    expect(await of('--grep', 'pool', '--context', '1')).toBe('INFO step 5\nERROR pool: refused\nWARN slow\n');
    expect(await of('--tail', '1', '-o', 'template={{level}}|{{pod}}|{{message}}')).toBe('info|levels|INFO step 7\n');
    expect(await of('--histogram=1h')).toMatch(/ 9  █+▓+░+\n█ error {2}▓ warn {2}░ other\n$/);
    const search = (...args: readonly string[]) => cluster.kctl('search', '-n', namespace, ...args);
    const top = await eventually('the store has them', async () => {
      const text = await search('pod:levels', '--top', 'level');
      return text.includes('warn') && text;
    });
    expect(top).toMatch(/^LEVEL +LINES\ninfo +7\nerror +1\nwarn +1\n$/);
    expect(await search('pod:levels AND /st[e]p [1-3]$/', '--all', '-o', 'raw')).toBe(
      'INFO step 1\nINFO step 2\nINFO step 3\n',
    );
    // kubectl reads the same pod as ever.
    expect(await cluster.kubectl('logs', 'levels', '-n', namespace, '--tail=1')).toBe('INFO step 7\n');
  }, 120_000);

  test('point at the character that is wrong', async () => {
    const errorOf = async (...args: readonly string[]) => {
      const { code, stderr } = await cluster.runKctl(args);
      return { code, stderr };
    };
    expect(await errorOf('search', 'level:error AND (timeout')).toEqual({
      code: 2,
      stderr: `kctl search: query: ")" expected at character 25\n  level:error AND (timeout\n  ${' '.repeat(24)}^\n`,
    });
    expect(await errorOf('logs', 'x', '--since', '10x')).toEqual({
      code: 2,
      stderr: 'kctl logs: --since: a unit (ms, s, m, h, d) expected at character 3\n  10x\n    ^\n',
    });
  });

  test('read the nodes while the store is down, and say so', async () => {
    await cluster.client.create(deployments, writer('apart', 3, 'apart'));
    await cluster.kubectl('rollout', 'status', 'deployment/apart', '-n', namespace, '--timeout=90s');
    const store = ['deployment/elasticsearch', '-n', 'vigil-system'] as const;
    await cluster.kubectl('scale', ...store, '--replicas=0');
    try {
      const said = await eventually(
        'kctl notices that the store is down',
        async () => {
          const result = await cluster.runKctl(['logs', 'deploy/apart', '-n', namespace, '--tail', '5']);
          return result.stderr.includes('log store') && result;
        },
        60_000,
      );
      expect(said.stderr).toContain('the log store does not answer');
      expect(said.stderr).toContain('lines of the nodes');
      expect(said.stdout.trim().split('\n')).toHaveLength(5);
      expect(said.code).toBe(0);
    } finally {
      await cluster.kubectl('scale', ...store, '--replicas=1');
      const isBack = async () => (await cluster.runKctl(['search', '-A', '--size', '1'])).code === 0;
      await eventually('the store answers again', isBack, 150_000);
    }
  }, 300_000);

  test('read the store when a node is gone, say which, and join both without gap or double', async () => {
    const [store] = (await cluster.client.list(pods, { namespace: 'vigil-system', labelSelector: 'app=elasticsearch' }))
      .items;
    const apart = (await cluster.client.list(pods, { namespace, labelSelector: 'app=apart' })).items;
    const pod = apart.find((one) => one.spec?.nodeName !== store?.spec?.nodeName);
    const node = pod?.spec?.nodeName ?? '';
    const name = pod?.metadata?.name ?? '';
    await eventually(
      'lines of the pod are stored',
      async () =>
        (await cluster.kctl('search', `pod:${name}`, '-n', namespace, '--all', '-o', 'raw')).split('\n').length > 20,
      60_000,
    );
    await cluster.kctl('node', 'kill', node);
    try {
      const { stdout, stderr } = await cluster.runKctl(['logs', name, '-n', namespace]);
      expect(stderr).toContain(`${node} does not answer: its lines come from the log store`);
      const numbers = stdout
        .trim()
        .split('\n')
        .map((line) => Number(line.split(' ')[1]));
      expect(numbers.length).toBeGreaterThan(20);
      expect(numbers).toEqual(numbers.map((_, index) => index));
    } finally {
      await cluster.kctl('node', 'start', node);
      await eventually(
        'the node is Ready again',
        async () => (await cluster.kubectl('get', 'node', node)).includes(' Ready'),
        90_000,
      );
    }
  }, 240_000);

  test('history and live stream meet exactly while many pods write', async () => {
    await cluster.client.create(deployments, writer('many', 8, 'many'));
    await cluster.kubectl('rollout', 'status', 'deployment/many', '-n', namespace, '--timeout=120s');
    const follow = cluster.spawnKctl('logs', '-f', 'deploy/many', '-n', namespace, '--tail', '-1');
    try {
      const numbersByPod = () => {
        const numbers = new Map<string, number[]>();
        for (const line of follow.output().split('\n').slice(0, -1)) {
          const match = /^(\S+) main {2}many (\d+)$/.exec(line);
          if (match?.[1]) numbers.set(match[1], [...(numbers.get(match[1]) ?? []), Number(match[2])]);
        }
        return numbers;
      };
      await eventually(
        'each of 8 pods wrote 30 lines',
        () => numbersByPod().size === 8 && [...numbersByPod().values()].every((list) => list.length >= 30),
        90_000,
      );
      for (const [name, numbers] of numbersByPod())
        expect({ name, numbers }).toEqual({ name, numbers: numbers.map((_, index) => index) });
    } finally {
      await follow.stop();
    }
  }, 240_000);
});
