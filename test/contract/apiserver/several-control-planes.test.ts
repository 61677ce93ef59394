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

/** On the loopback device, since loopback addresses themselves are no endpoints. */
const addresses = ['192.0.2.71', '192.0.2.72'];

beforeAll(async () => {
  for (const address of addresses) await run('ip', ['address', 'replace', `${address}/32`, 'dev', 'lo']);
  home = await mkdtemp(join(tmpdir(), 'vigil-planes-'));
  etcd = await startEtcd();
  const store = { engine: 'etcd', endpoints: [etcd.url], prefix: '/planes/' } as const;
  planes = [];
  for (const address of addresses)
    planes.push(await ControlPlaneProcess.create(store, { listen: ['127.0.0.1', address] }));
  for (const plane of planes) await plane.start();
});
afterAll(async () => {
  for (const plane of planes) await plane.remove();
  await etcd.stop();
  await rm(home, { recursive: true, force: true });
  for (const address of addresses) await run('ip', ['address', 'delete', `${address}/32`, 'dev', 'lo']);
});

async function kubectl(plane: ControlPlaneProcess | undefined, args: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: plane?.kubeconfig ?? '', HOME: home };
  return (await run('kubectl', args.split(' '), { env, timeout: 30_000 })).stdout;
}

async function endpointsOf(plane: ControlPlaneProcess | undefined): Promise<readonly string[]> {
  const told = await kubectl(plane, 'get endpoints kubernetes -o jsonpath={.subsets[*].addresses[*].ip}');
  const slices = await kubectl(
    plane,
    'get endpointslices -l kubernetes.io/service-name=kubernetes -o jsonpath={.items[*].endpoints[*].addresses[*]}',
  );
  expect(slices.split(' ').sort()).toEqual(told.split(' ').sort());
  return told.split(' ').sort();
}

test('the endpoints of the API are all control planes that are there', async () => {
  const [one, two] = planes;
  await eventually('both are there', async () => (await endpointsOf(one)).join(' ') === addresses.join(' '));
  await two?.kill('SIGTERM');
  expect(await endpointsOf(one)).toEqual(addresses.slice(0, 1));
  await two?.start();
  expect(await endpointsOf(two)).toEqual(addresses);
}, 60_000);

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
  const left = addresses.filter((_, index) => planes[index] === other);
  await eventually('the one that is left is the only endpoint', async () => {
    const present = await endpointsOf(other);
    return present.join(' ') === left.join(' ');
  });
}, 120_000);
