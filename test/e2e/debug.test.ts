import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { mustRun } from '../support/run-program.ts';
import { sharedCluster } from './shared-cluster.ts';

/** `kubectl debug` in its three forms: into a running pod, beside a copy of it, on a node. */
const cluster = sharedCluster();
const namespace = 'debug-e2e';
const image = '--image=vigil/busybox:dev';
const kubectl = (...args: readonly string[]) => cluster.kubectl('-n', namespace, ...args);
const field = (pod: string, path: string) => kubectl('get', 'pod', pod, '-o', `jsonpath={${path}}`);
const waitFor = (pod: string, condition: string) =>
  kubectl('wait', `pod/${pod}`, `--for=${condition}`, '--timeout=60s');

beforeAll(async () => {
  await cluster.kubectl('create', 'namespace', namespace);
  await kubectl('run', 'web', image, '--command', '--', 'sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.2; done');
  await waitFor('web', 'condition=Ready');
}, 120_000);

afterAll(async () => {
  await cluster.kubectl('delete', 'namespace', namespace, '--wait=false');
});

test('debug of a pod looks into the running container, and leaves its log and how it ended', async () => {
  const script = 'ls /proc/1/root; tr "\\0" " " < /proc/1/cmdline; echo done';
  await kubectl('debug', 'web', image, '--target=main', '-c', 'refused', '--', 'true').then(
    () => expect.fail('there is no container of that name'),
    (error: unknown) =>
      expect(String(error)).toContain('spec.ephemeralContainers[0].targetContainerName: Not found: "main"'),
  );
  await kubectl('debug', 'web', image, '--target=web', '-c', 'look', '--', 'sh', '-c', script);
  await waitFor('web', 'jsonpath={.status.ephemeralContainerStatuses[0].state.terminated.reason}=Completed');
  const log = await kubectl('logs', 'web', '-c', 'look');
  expect(log).toMatch(/^bin\n/);
  expect(log).toContain('trap "exit 0" TERM');
  expect(log).toMatch(/done\n$/);
  expect(await field('web', '.status.containerStatuses[0].restartCount')).toBe('0');
  expect(await kubectl('describe', 'pod', 'web')).toMatch(/Ephemeral Containers:\n\s+look:/);
});

test('debug -i types into the new container', async () => {
  const args = ['-n', namespace, 'debug', '-i', 'web', image, '--target=web', '-c', 'typed', '--', 'sh'];
  const { stdout, stderr, code } = await cluster.runKubectl(args, {
    input: 'echo pid 1 is $(cat /proc/1/comm)\nexit\n',
  });
  expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: expect.stringContaining('pid 1 is sh\n') });
});

test('debug --copy-to runs a further container beside a copy of the pod', async () => {
  const script = 'while :; do ps; sleep 0.2; done';
  await kubectl('debug', 'web', image, '--copy-to=copy', '--share-processes', '-c', 'look', '--', 'sh', '-c', script);
  await waitFor('copy', 'condition=Ready');
  await eventually('the copy is seen at work', async () =>
    (await kubectl('logs', 'copy', '-c', 'look')).includes('trap "exit 0" TERM'),
  );
});

test('debug of a node sees its processes and files', async () => {
  const script = 'hostname; ls -d /host/etc; echo $(ls -d /proc/[0-9]* | wc -l) processes';
  const said = await kubectl('debug', 'node/node-1', image, '--', 'sh', '-c', script);
  const pod = /Creating debugging pod (\S+) with container debugger on node node-1/.exec(said)?.[1] ?? '';
  await waitFor(pod, 'jsonpath={.status.phase}=Succeeded');
  // A busy engine writes the last lines of a container when it has ended.
  const [host, folder, processes] = await eventually('all has been written', async () => {
    const lines = (await kubectl('logs', pod)).split('\n');
    return lines.length > 3 && lines;
  });
  expect([host, folder]).toEqual([(await mustRun('hostname', [])).trim(), '/host/etc']);
  expect(Number(processes?.split(' ')[0])).toBeGreaterThan(10);
});
