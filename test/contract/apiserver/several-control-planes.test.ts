import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEtcd, type EtcdServer } from '../../servers/etcd.ts';
import { eventually } from '../../support/eventually.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';

const run = promisify(execFile);

let etcd: EtcdServer;
let planes: ControlPlaneProcess[];
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'vigil-planes-'));
  etcd = await startEtcd();
  const store = { engine: 'etcd', endpoints: [etcd.url], prefix: '/planes/' } as const;
  planes = [await ControlPlaneProcess.create(store), await ControlPlaneProcess.create(store)];
  for (const plane of planes) await plane.start();
});
afterAll(async () => {
  for (const plane of planes) await plane.remove();
  await etcd.stop();
  await rm(home, { recursive: true, force: true });
});

async function kubectl(plane: ControlPlaneProcess | undefined, args: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: plane?.kubeconfig ?? '', HOME: home };
  return (await run('kubectl', args.split(' '), { env, timeout: 30_000 })).stdout;
}

test('what one control plane is told, the other shows; one of them decides, and the other when that is killed', async () => {
  const [one, two] = planes;
  await kubectl(one, 'create deployment hello --image=hello:1 --replicas=2');
  const podsOf = async (plane: ControlPlaneProcess | undefined) =>
    (await kubectl(plane, 'get pods -l app=hello -o name'))
      .trim()
      .split('\n')
      .filter((line) => line !== '');
  await eventually(
    'both show two pods',
    async () => (await podsOf(one)).length === 2 && (await podsOf(two)).length === 2,
  );
  const holder = () => kubectl(two, 'get lease vigil-control-plane -n kube-system -o jsonpath={.spec.holderIdentity}');
  const first = await holder();
  const leader = planes.find((plane) => plane.output.includes(first));
  expect(leader, 'the leader says who it is').toBeDefined();
  const other = planes.find((plane) => plane !== leader);
  await leader?.kill('SIGKILL');
  await kubectl(other, 'scale deployment hello --replicas=3');
  await eventually('the other one decides', async () => (await podsOf(other)).length === 3, 40_000);
  expect(
    await kubectl(other, 'get lease vigil-control-plane -n kube-system -o jsonpath={.spec.holderIdentity}'),
  ).not.toBe(first);
}, 90_000);
