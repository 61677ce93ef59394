import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isNotFound } from '../../../lib/kube/client.ts';
import { configMaps, events, pods } from '../../../lib/kube/resources.ts';
import type { Pod } from '../../../lib/kube/types.ts';
import { formatPosition } from '../../../lib/log-position.ts';
import { eventually } from '../../support/eventually.ts';
import { mustRun } from '../../support/run-program.ts';
import { AgentCluster } from './agent-cluster.ts';
import { busyboxImage as image } from './images.ts';

let cluster: AgentCluster;

beforeAll(async () => {
  cluster = await AgentCluster.start();
}, 120_000);

afterAll(async () => {
  await cluster?.stop();
}, 60_000);

const sh = (script: string) => ['sh', '-c', script];
const first = (pod: Pod) => pod.status?.containerStatuses?.[0];
const isReady = (pod: Pod) => pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

/** A web server that answers `/ok` as long as its file is there. */
const server = sh('mkdir -p /tmp/w; echo fine > /tmp/w/ok; exec httpd -f -p 8080 -h /tmp/w');

async function exec(podName: string, command: string): Promise<string> {
  const pod = await cluster.pod(podName);
  const id = first(pod)?.containerID?.replace('docker://', '') ?? '';
  return mustRun('docker', ['exec', id, 'sh', '-c', command]);
}

async function eventsOf(podName: string): Promise<string[]> {
  const list = await cluster.client.list(events, { namespace: 'default' });
  return list.items
    .filter((event) => event.involvedObject.name === podName)
    .map((event) => `${event.type} ${event.reason} ${event.message}`);
}

async function records(dataset: string): Promise<readonly Record<string, unknown>[]> {
  const dir = join(cluster.dir, 'records');
  const names = (await readdir(dir)).filter((file) => file.startsWith(`${dataset}-`));
  const texts = await Promise.all(names.map((file) => readFile(join(dir, file), 'utf8')));
  return texts
    .flatMap((text) => text.split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function remove(...names: readonly string[]): Promise<void> {
  for (const name of names)
    await cluster.client.delete(pods, { namespace: 'default', name }, { gracePeriodSeconds: 0 });
}

describe('a pod on Docker', () => {
  test('runs with its environment, names and volumes, becomes ready by its probe and serves its log', async () => {
    await cluster.client.create(configMaps, {
      metadata: { name: 'settings', namespace: 'default' },
      data: { colour: 'blue', size: 'large' },
    });
    await cluster.run('plain', {
      containers: [
        {
          name: 'main',
          image,
          command: sh('mkdir -p /tmp/w; echo fine > /tmp/w/ok; echo "$GREETING"; env; exec httpd -f -p 8080 -h /tmp/w'),
          env: [
            { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'GREETING', value: 'hello from $(POD), not $$(POD)' },
            { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
            { name: 'LIMIT', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
          ],
          envFrom: [{ configMapRef: { name: 'settings' }, prefix: 'S_' }],
          ports: [{ name: 'web', containerPort: 8080 }],
          readinessProbe: { httpGet: { path: '/ok', port: 'web' }, periodSeconds: 1 },
          resources: { limits: { memory: '64Mi', cpu: '500m' } },
          volumeMounts: [
            { name: 'settings', mountPath: '/etc/settings' },
            { name: 'settings', mountPath: '/etc/one', subPath: 'colour' },
            { name: 'scratch', mountPath: '/scratch' },
          ],
        },
      ],
      volumes: [
        { name: 'settings', configMap: { name: 'settings' } },
        { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      ],
    });
    const pod = await cluster.until('the pod is ready', 'plain', isReady);
    expect(pod.status?.podIP).toMatch(/^10\.\d+\.1\.\d+$/);
    expect(pod.status?.qosClass).toBe('Guaranteed');
    const log = await cluster.logs('plain');
    expect(log).toContain('hello from plain, not $(POD)');
    expect(log).toContain('COLOUR=blue');
    expect(log).toContain('S_size=large');
    expect(log).toContain('LIMIT=64');
    expect(log).toMatch(/KUBERNETES_SERVICE_HOST=10\./);
    expect(await exec('plain', 'cat /etc/settings/colour /etc/one; hostname; df /scratch | tail -1')).toMatch(
      /^blueblueplain\ntmpfs /,
    );
    expect(await exec('plain', 'cat /etc/resolv.conf')).toBe(
      `nameserver ${cluster.nodeIP}\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n`,
    );
    expect(await exec('plain', 'cat /var/run/secrets/kubernetes.io/serviceaccount/namespace')).toBe('default');
  });

  test('sees a changed ConfigMap in its volume all at once', async () => {
    await cluster.client.patch(configMaps, { namespace: 'default', name: 'settings' }, 'merge', {
      data: { colour: 'green', size: null, shape: 'round' },
    });
    await eventually(
      'the volume has the new files',
      async () => (await exec('plain', 'cd /etc/settings; echo $(ls) $(cat colour)')).trim() === 'colour shape green',
    );
    // A subPath is bound to the file as it was: upstream's rule.
    expect(await exec('plain', 'cat /etc/one')).toBe('blue');
    await remove('plain');
  });

  test('runs init containers in order, sidecars beside the rest, and ends well when the work is done', async () => {
    const volumeMounts = [{ name: 'shared', mountPath: '/shared' }];
    await cluster.run('steps', {
      restartPolicy: 'Never',
      initContainers: [
        { name: 'one', image, command: sh('sleep 0.3; echo one >> /shared/steps'), volumeMounts },
        {
          name: 'side',
          image,
          restartPolicy: 'Always',
          command: sh('trap "exit 0" TERM; echo side >> /shared/steps; while :; do sleep 0.1; done'),
          volumeMounts,
        },
        { name: 'two', image, command: sh('echo two >> /shared/steps'), volumeMounts },
      ],
      containers: [{ name: 'main', image, command: sh('cat /shared/steps'), volumeMounts }],
      volumes: [{ name: 'shared', emptyDir: {} }],
    });
    const pod = await cluster.until('the pod has succeeded', 'steps', ({ status }) => status?.phase === 'Succeeded');
    expect(await cluster.logs('steps', '?container=main')).toBe('one\nside\ntwo\n');
    expect(pod.status?.initContainerStatuses?.map(({ name, restartCount }) => [name, restartCount])).toEqual([
      ['one', 0],
      ['side', 0],
      ['two', 0],
    ]);
    await remove('steps');
  });

  test('says why an image cannot be had', async () => {
    await cluster.run('imageless', { containers: [{ name: 'main', image: 'nosuch.invalid/none:1' }] });
    const pod = await cluster.until(
      'the pull is backing off',
      'imageless',
      (pod) => first(pod)?.state?.waiting?.reason === 'ImagePullBackOff',
    );
    expect(first(pod)?.state?.waiting?.message).toMatch(
      /^Back-off pulling image "nosuch.invalid\/none:1": ErrImagePull: .+/,
    );
    expect(pod.status?.phase).toBe('Pending');
    await cluster.run('never', {
      containers: [{ name: 'main', image: 'nosuch.invalid/none:1', imagePullPolicy: 'Never' }],
    });
    await cluster.until('never', 'never', (pod) => first(pod)?.state?.waiting?.reason === 'ErrImageNeverPull');
    await remove('imageless', 'never');
  });

  test('is restarted with back-off when it crashes, and its end is recorded with its last words', async () => {
    await cluster.run('crasher', {
      containers: [
        {
          name: 'main',
          image,
          command: sh('echo begin; echo "last words" > /dev/termination-log; echo going down; exit 3'),
        },
      ],
    });
    const pod = await cluster.until(
      'the container backs off',
      'crasher',
      (pod) => first(pod)?.state?.waiting?.reason === 'CrashLoopBackOff' && (first(pod)?.restartCount ?? 0) >= 2,
    );
    const uid = pod.metadata?.uid ?? '';
    expect(first(pod)?.state?.waiting?.message).toBe(
      `back-off 2s restarting failed container=main pod=crasher_default(${uid})`,
    );
    expect(first(pod)?.lastState?.terminated).toMatchObject({ exitCode: 3, reason: 'Error', message: 'last words\n' });
    expect(await cluster.logs('crasher', '?previous=true')).toContain('going down');
    const ends = await eventually('three ends are recorded', async () => {
      const found = (await records('terminations')).filter((record) => JSON.stringify(record).includes(uid));
      return found.length >= 3 && found;
    });
    expect(ends[0]).toMatchObject({
      process: { exit_code: 3 },
      vigil: { termination: { reason: 'Error', last_lines: ['begin', 'going down'] } },
    });
    await remove('crasher');
  });

  test('is killed for too much memory, and says so', async () => {
    await cluster.run('greedy', {
      restartPolicy: 'Never',
      containers: [{ name: 'main', image, command: sh('tail /dev/zero'), resources: { limits: { memory: '16Mi' } } }],
    });
    const pod = await cluster.until('the pod has failed', 'greedy', ({ status }) => status?.phase === 'Failed');
    expect(first(pod)?.state?.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 });
    await remove('greedy');
  });

  test('goes out of service by readiness and is restarted by liveness, with events and records of each attempt', async () => {
    const probe = { httpGet: { path: '/ok', port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 };
    await cluster.run('probed', {
      containers: [
        {
          name: 'main',
          image,
          command: server,
          readinessProbe: { ...probe, failureThreshold: 1 },
          livenessProbe: { ...probe, failureThreshold: 3, initialDelaySeconds: 1 },
        },
      ],
    });
    await cluster.until('the pod is ready', 'probed', isReady);
    await exec('probed', 'rm /tmp/w/ok');
    await cluster.until('the pod is not ready', 'probed', (pod) => !isReady(pod));
    const pod = await cluster.until(
      'the container is restarted and ready again',
      'probed',
      (pod) => isReady(pod) && first(pod)?.restartCount === 1,
    );
    const uid = pod.metadata?.uid ?? '';
    const said = await eventually('the events are written', async () => {
      const all = await eventsOf('probed');
      return all.some((text) => text.includes('will be restarted')) && all;
    });
    expect(said).toContain('Warning Unhealthy Liveness probe failed: HTTP probe failed with statuscode: 404');
    expect(said).toContain('Normal Killing Container main failed liveness probe, will be restarted');
    const ends = await eventually('the end is recorded', async () => {
      const found = (await records('terminations')).filter((record) => JSON.stringify(record).includes(uid));
      return found.length > 0 && found;
    });
    expect(ends[0]).toMatchObject({
      vigil: { termination: { reason: 'LivenessProbeFailed', probe: { type: 'liveness', run: 3, threshold: 3 } } },
    });
    const attempts = (await records('probes')).filter((record) => JSON.stringify(record).includes(uid));
    expect(attempts.some((record) => JSON.stringify(record).includes('"action":"restart"'))).toBe(true);
  });

  test('is adopted when the agent is killed and starts anew: not restarted, readiness does not flip', async () => {
    const before = await cluster.pod('probed');
    const seen: string[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      const list = await cluster.client.list(pods, { namespace: 'default' });
      const { resourceVersion } = list.metadata;
      for await (const event of cluster.client.watch(pods, { namespace: 'default', resourceVersion }, stop.signal)) {
        if (event.type === 'MODIFIED' && event.object.metadata?.name === 'probed')
          seen.push(String(isReady(event.object)));
      }
    })().catch(() => undefined);
    await cluster.killAgent('SIGKILL');
    await cluster.startAgent();
    await eventually('the agent probes again', async () => {
      const attempts = (await records('probes')).slice(-5);
      return attempts.some((record) => Date.parse(String(record['@timestamp'])) > Date.now() - 1_000);
    });
    await delay(2_000);
    const after = await cluster.pod('probed');
    stop.abort();
    await watching;
    expect(first(after)?.containerID).toBe(first(before)?.containerID);
    expect(first(after)?.restartCount).toBe(1);
    expect(seen).not.toContain('false');
  });

  test('keeps running and is restarted while the API server is away', async () => {
    await cluster.controlPlane.kill('SIGKILL');
    await cluster.killAgent('SIGKILL');
    await cluster.startAgent();
    await delay(1_000);
    const ids = async () =>
      (
        await mustRun('docker', [
          'ps',
          '-q',
          '--filter',
          'label=io.kubernetes.pod.name=probed',
          '--filter',
          'label=dev.vigil.kind=container',
        ])
      ).trim();
    const before = await ids();
    expect(before).not.toBe('');
    await mustRun('docker', ['kill', before]);
    await eventually('the container runs again', async () => {
      const now = await ids();
      return now !== '' && now !== before;
    });
    await cluster.controlPlane.start();
    await cluster.until(
      'the API knows of the restart',
      'probed',
      (pod) => (first(pod)?.restartCount ?? 0) >= 2 && isReady(pod),
    );
    await remove('probed');
  });

  test('ends gracefully: preStop first, then the signal, then it is gone from API and engine', async () => {
    await cluster.run('graceful', {
      terminationGracePeriodSeconds: 60,
      containers: [
        {
          name: 'main',
          image,
          command: sh('trap "echo got TERM; exit 0" TERM; echo up; while :; do sleep 0.1; done'),
          lifecycle: { preStop: { exec: { command: sh('echo hook > /proc/1/fd/1') } } },
        },
      ],
    });
    await cluster.until('it runs', 'graceful', ({ status }) => status?.phase === 'Running');
    let said = '';
    const following = cluster.follow('graceful', (text) => (said += text));
    await eventually('it has set its trap, and its log is followed', () => said === 'up\n');
    await cluster.client.delete(pods, { namespace: 'default', name: 'graceful' });
    await following;
    expect(said).toBe('up\nhook\ngot TERM\n');
    await eventually('the pod is gone', () => cluster.pod('graceful').then(() => false, isNotFound));
  });

  test('of which the API knows nothing any more is ended', async () => {
    await cluster.run('orphan', { containers: [{ name: 'main', image, command: server }] });
    await cluster.until('it runs', 'orphan', ({ status }) => status?.phase === 'Running');
    await cluster.killAgent('SIGKILL');
    await remove('orphan');
    await cluster.startAgent();
    await eventually('nothing of it runs', async () => {
      const left = await mustRun('docker', ['ps', '-q', '--filter', 'label=io.kubernetes.pod.name=orphan']);
      return left.trim() === '';
    });
  });

  test('follows its log across rotations exactly once, and continues behind a position', async () => {
    const lines = 200_000;
    await cluster.run('talker', {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'main',
          image,
          command: sh(`i=0; while [ $i -lt ${lines} ]; do echo "line $i ${'x'.repeat(80)}"; i=$((i+1)); done`),
        },
      ],
    });
    await cluster.until('it runs', 'talker', ({ status }) => status?.phase !== 'Pending');
    const text = await cluster.logs('talker', '?follow=true');
    const numbers = text
      .split('\n')
      .filter(Boolean)
      .map((line) => Number(line.split(' ')[1]));
    expect(numbers.length).toBe(lines);
    expect(numbers.every((number, at) => number === at)).toBe(true);
    const pod = await cluster.pod('talker');
    const id = first(pod)?.containerID?.replace('docker://', '') ?? '';
    const path = (await mustRun('docker', ['inspect', '-f', '{{.LogPath}}', id])).trim();
    expect((await readdir(dirname(path))).filter((name) => name.includes('json.log')).length).toBeGreaterThan(1);
    expect((await cluster.logs('talker', '?tailLines=2')).split('\n').map((line) => line.split(' ')[1])).toEqual([
      String(lines - 2),
      String(lines - 1),
      undefined,
    ]);
    const records = async (query: string) => {
      const path = `/api/v1/nodes/node-1/proxy/containerLogs/default/talker/main?format=records&${query}`;
      const answer = await cluster.http.stream({ path });
      let body = '';
      for await (const chunk of answer.body) body += String(chunk);
      return body
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { rotation: string; offset: number; message: string; containerId: string });
    };
    const [third, second, last] = await records('tailLines=3');
    expect(last).toMatchObject({ containerId: id, message: expect.stringMatching(`^line ${lines - 1} x`) });
    const position = formatPosition(third ?? { rotation: '', offset: 0 });
    expect(await records(`after=${position}&containerId=${id}`)).toEqual([second, last]);
    await remove('talker');
  });
});
