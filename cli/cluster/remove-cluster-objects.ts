import type Docker from 'dockerode';
import type { Clock } from '../../lib/clock.ts';
import { dockerLabels } from '../../lib/names.ts';

/** The engine goes on with what was asked of it before, also when who asked is gone: removals take a moment, and what was being made appears late. */
const GIVE_UP_MS = 30_000;
const LOOK_AGAIN_MS = 50;

export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Removes every container and network of a cluster from one engine, and looks again until there are none. Rejects with the engine's error when that does not come about. */
export async function removeClusterObjects(docker: Docker, cluster: string, patience: Patience): Promise<void> {
  const { clock, signal } = patience;
  const label = [`${dockerLabels.cluster}=${cluster}`];
  const endMs = clock.monotonicMs() + GIVE_UP_MS;
  for (;;) {
    const isLast = clock.monotonicMs() >= endMs;
    const hadContainers = await removeContainers(docker, label);
    if ((!hadContainers || isLast) && (await removeNetworks(docker, label, isLast))) return;
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** True when there were some: the next look shows whether they are gone. */
async function removeContainers(docker: Docker, label: readonly string[]): Promise<boolean> {
  const containers = await docker.listContainers({ all: true, filters: { label: [...label] } });
  // Sandboxes last: the others borrow their network namespace.
  for (const areSandboxes of [false, true]) {
    await Promise.all(
      containers
        .filter(({ Labels }) => (Labels[dockerLabels.kind] === 'sandbox') === areSandboxes)
        .map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }).catch(ignore(404, 409))),
    );
  }
  return containers.length > 0;
}

/** False when one is in use still. */
async function removeNetworks(docker: Docker, label: readonly string[], isLast: boolean): Promise<boolean> {
  const networks = await docker.listNetworks({ filters: { label: [...label] } });
  let areGone = true;
  for (const { Id } of networks) {
    const network = docker.getNetwork(Id);
    try {
      await network.remove();
    } catch (error) {
      const status = statusOf(error);
      if (status === 404) continue;
      if (status !== 403 || isLast) throw error;
      areGone = false;
      await takeEndpointsOff(network);
    }
  }
  return areGone;
}

/** Containers that somebody else connected go on without the network; what the engine remembers of containers that are gone is forgotten. */
async function takeEndpointsOff(network: Docker.Network): Promise<void> {
  const { Containers } = ((await network.inspect().catch(ignore(404))) ?? {}) as Docker.NetworkInspectInfo;
  for (const { Name } of Object.values(Containers ?? {})) {
    await network.disconnect({ Container: Name, Force: true }).catch(ignore(404, 409, 500));
  }
}

/** 404: somebody was faster; 409: it is under way already. */
function ignore(...statuses: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
    return undefined;
  };
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}
