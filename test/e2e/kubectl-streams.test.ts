import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { sharedCluster } from './shared-cluster.ts';

/** Everything of kubectl that sends bytes to and from running containers. */
const cluster = sharedCluster();
const namespace = 'kubectl-streams';
const image = '--image=vigil/busybox:dev';
const folder = mkdtempSync(join(tmpdir(), 'vigil-streams-'));
const kubectl = (...args: readonly string[]) => cluster.kubectl('-n', namespace, ...args);
const runKubectl = (args: readonly string[], input?: string) =>
  cluster.runKubectl(['-n', namespace, ...args], input === undefined ? {} : { input });

beforeAll(async () => {
  await cluster.kubectl('create', 'namespace', namespace);
  // It ends when it is asked to, so that nothing waits for its grace period.
  const script = 'trap "exit 0" TERM; echo first; echo second; while :; do sleep 0.2; done';
  await kubectl('run', 'box', image, '--labels=app=box', '--', 'sh', '-c', script);
  await kubectl('wait', '--for=condition=Ready', 'pod/box', '--timeout=60s');
}, 90_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
});

describe('cp', () => {
  test('takes a folder into a container and a file out of it, byte for byte', async () => {
    const sent = join(folder, 'sent');
    mkdirSync(join(sent, 'deep'), { recursive: true });
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, n) => (n * 31) % 256));
    writeFileSync(join(sent, 'deep', 'bytes'), bytes);
    writeFileSync(join(sent, 'note.txt'), 'hello\n');
    await kubectl('cp', sent, 'box:/tmp/got');
    expect(await kubectl('exec', 'box', '--', 'cat', '/tmp/got/note.txt')).toBe('hello\n');
    await kubectl('cp', 'box:/tmp/got/deep/bytes', join(folder, 'back'));
    expect(readFileSync(join(folder, 'back')).equals(bytes)).toBe(true);
  });
});

describe('logs', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['the last line alone', ['box', '--tail=1'], /^second\n$/],
    ['times before lines', ['box', '--timestamps'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z first\n/],
    ['so many bytes', ['box', '--limit-bytes=5'], /^first$/],
    ['pods by label, with their names', ['-l', 'app=box', '--prefix'], /^\[pod\/box\/box\] first\n/],
    ['all containers', ['box', '--all-containers'], /^first\nsecond\n/],
    ['what came lately', ['box', '--since=1h'], /^first\nsecond\n/],
    ['nothing of the future', ['box', '--since-time=2099-01-01T00:00:00Z'], /^$/],
  ])('%s', async (_, args, expected) => {
    expect(await kubectl('logs', ...args)).toMatch(expected);
  });

  test('of a run that is over, and of one that there never was', async () => {
    await kubectl('run', 'once', image, '--restart=Never', '--', 'sh', '-c', 'echo done; exit 3');
    await kubectl('wait', '--for=jsonpath={.status.phase}=Failed', 'pod/once', '--timeout=60s');
    expect(await kubectl('logs', 'once')).toBe('done\n');
    expect((await runKubectl(['logs', 'box', '--previous'])).stderr).toContain(
      'previous terminated container "box" in pod "box" not found',
    );
    expect((await runKubectl(['logs', 'box', '-c', 'other'])).stderr).toContain(
      'container other is not valid for pod box',
    );
  });
});

test('exec keeps what a command says on standard error apart, and passes its exit code on', async () => {
  const result = await runKubectl(['exec', 'box', '--', 'cat', '/tmp/absent']);
  expect(result.stdout).toBe('');
  expect(result.stderr).toContain("can't open '/tmp/absent': No such file or directory");
  expect(result.code).toBe(1);
});

describe('input and output of the first process', () => {
  test('run -i hands input on, shows the output, passes the exit code on and removes the pod', async () => {
    const args = ['run', 'typed', image, '-i', '--rm', '--restart=Never', '--quiet', '--', 'sh', '-c'];
    const result = await runKubectl([...args, 'read line; echo "got $line"; exit 4'], 'some words\n');
    expect(result.stdout).toContain('got some words');
    expect(result.code).toBe(4);
    expect((await runKubectl(['get', 'pod', 'typed'])).stderr).toContain('NotFound');
  });

  test('attach joins what runs already', async () => {
    const script = 'trap "exit 0" TERM; n=0; while :; do n=$((n+1)); echo "tick $n"; sleep 0.2; done';
    await kubectl('run', 'ticking', image, '--', 'sh', '-c', script);
    await kubectl('wait', '--for=condition=Ready', 'pod/ticking', '--timeout=60s');
    const attached = cluster.spawnKubectl('-n', namespace, 'attach', 'ticking');
    try {
      await eventually('lines of the running process', () => /tick \d+\ntick \d+\n/.test(attached.output()));
    } finally {
      await attached.stop();
    }
  });
});

describe('proxy', () => {
  test('lets a browser reach pods and services with the rights of the user', async () => {
    const proxy = cluster.spawnKubectl('proxy', '--port=0');
    try {
      const port = await eventually('the port', () => /127\.0\.0\.1:(\d+)/.exec(proxy.output())?.[1]);
      const at = `http://127.0.0.1:${port}`;
      expect(await (await fetch(`${at}/version`)).json()).toHaveProperty('gitVersion');
      const service = await fetch(`${at}/api/v1/namespaces/default/services/hello:80/proxy/`);
      expect(await service.json()).toMatchObject({ message: 'Hello, world' });
    } finally {
      await proxy.stop();
    }
  });

  test('port-forward to a Service picks one of its pods', async () => {
    const forward = cluster.spawnKubectl('-n', 'default', 'port-forward', 'service/hello', ':80');
    try {
      const port = await eventually('the local port', () => /127\.0\.0\.1:(\d+) ->/.exec(forward.output())?.[1]);
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      expect(await answer.json()).toMatchObject({ message: 'Hello, world' });
    } finally {
      await forward.stop();
    }
  });
});
