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
