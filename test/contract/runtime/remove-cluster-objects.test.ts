import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeClusterObjects } from '../../../cli/cluster/remove-cluster-objects.ts';
import { SystemClock } from '../../../lib/clock.ts';
import { dockerLabels } from '../../../lib/names.ts';
import { connectDocker } from '../../../node-agent/runtime/dockerode.ts';
import { ownNumber } from '../../support/own-number.ts';
import { dockerHost } from '../agent/agent-cluster.ts';
import { busyboxImage, ensureImages } from '../agent/images.ts';

/** What `kctl down` leaves of a cluster on a real engine that is busy with it. */
const docker = connectDocker(dockerHost);
const cluster = `removal-${process.pid}`;
const stranger = `${cluster}-stranger`;
const labels = { [dockerLabels.cluster]: cluster };
const patience = { clock: new SystemClock(), signal: new AbortController().signal };

beforeEach(async () => {
  await ensureImages();
  const block = 176 + (await ownNumber('removal-subnet', 16));
  const config = { Subnet: `10.${block}.1.0/24` };
  await docker.createNetwork({ Name: cluster, Labels: labels, IPAM: { Driver: 'default', Config: [config] } });
});
afterEach(async () => {
  await removeClusterObjects(docker, cluster, patience);
  await docker
    .getContainer(stranger)
    .remove({ force: true })
    .catch(() => undefined);
});

async function started(name: string, own: Readonly<Record<string, string>>, NetworkMode: string) {
  const container = await docker.createContainer({
    name,
    Image: busyboxImage,
    Cmd: ['sleep', '3600'],
    Labels: { ...own },
    HostConfig: { NetworkMode },
  });
  await container.start();
  return container;
}

async function left(): Promise<readonly string[]> {
  const filters = { label: [`${dockerLabels.cluster}=${cluster}`] };
  const [containers, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
  ]);
  return [...containers.flatMap(({ Names }) => Names), ...networks.map(({ Name }) => Name)];
}

test('goes with what another asked the engine to remove or to make just before', async () => {
  const names = [0, 1, 2, 3, 4, 5].map((index) => `${cluster}-${index}`);
  const containers = await Promise.all(names.map((name) => started(name, labels, cluster)));
  const others = containers.slice(0, 4).map((container) => container.remove({ force: true }));
  const late = started(`${cluster}-late`, labels, cluster);
  const settled = Promise.allSettled([...others, late]);
  await removeClusterObjects(docker, cluster, patience);
  await settled;
  await removeClusterObjects(docker, cluster, patience);
  expect(await left()).toEqual([]);
});

test('takes the network from containers that are not the cluster’s, and leaves them running', async () => {
  const joined = await started(stranger, {}, cluster);
  await removeClusterObjects(docker, cluster, patience);
  expect(await left()).toEqual([]);
  const { State, NetworkSettings } = await joined.inspect();
  expect(State.Running).toBe(true);
  expect(NetworkSettings.Networks).toEqual({});
});
