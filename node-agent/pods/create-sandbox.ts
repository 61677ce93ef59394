import { readFile, writeFile, mkdir } from 'node:fs/promises';
import { VigilError } from '../../lib/errors.ts';
import type { Pod } from '../../lib/kube/types.ts';
import { isSandboxAlive } from './observed-pod.ts';
import { etcHosts, hostNetworkHosts, resolvConf } from './etc-files.ts';
import type { PodDeps } from './pod-deps.ts';
import { sandboxConfig } from './sandbox-config.ts';

/** Makes and starts the sandbox of a pod, with its address and the files that go with it; resolves when it is seen to run. */
export async function createSandbox(deps: PodDeps, pod: Pod, attempt: number): Promise<void> {
  const { runtime, observer, addresses, node } = deps;
  const uid = pod.metadata?.uid ?? '';
  refuseDevices(pod);
  if (attempt > 0) {
    deps.events.event(pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
  }
  const isOnHost = pod.spec?.hostNetwork === true;
  const taken = new Set<string>();
  for (const container of observer.containers()) {
    if (container.kind === 'sandbox' && isSandboxAlive(container) && container.ip) taken.add(container.ip);
  }
  const ip = isOnHost ? undefined : addresses.reserve(uid, taken);
  try {
    await writeEtcFiles(deps, pod, ip);
    const { pauseImage, networkName, minOomScoreAdj } = node;
    const id = await runtime.create(sandboxConfig({ pod, attempt, pauseImage, ip, networkName, minOomScoreAdj }));
    try {
      await runtime.start(id);
    } catch (error) {
      await runtime.remove(id);
      throw error;
    }
    await observer.refresh(id);
  } finally {
    addresses.release(uid);
  }
}

/** Thrown instead of starting a pod without the devices that it names: the agent has no drivers to prepare them. */
export const DEVICES_NOT_PREPARED = 'DEVICES_NOT_PREPARED';

function refuseDevices({ spec }: Pod): void {
  const names = (spec?.resourceClaims ?? []).map(({ name }) => name);
  if (names.length === 0) return;
  const message = `prepare dynamic resources: no DRA driver is registered on this node, for the claims: ${names.join(', ')}`;
  throw new VigilError(DEVICES_NOT_PREPARED, 'transient', message);
}

/** `/etc/hosts` and `/etc/resolv.conf`, bind-mounted into every container of the pod. */
async function writeEtcFiles({ files, node }: PodDeps, pod: Pod, ip: string | undefined): Promise<void> {
  const uid = pod.metadata?.uid ?? '';
  await mkdir(files.podDir(uid), { recursive: true });
  const hosts =
    ip === undefined
      ? hostNetworkHosts(pod, await readFile('/etc/hosts', 'utf8').catch(() => '127.0.0.1\tlocalhost\n'))
      : etcHosts(pod, ip, node.clusterDomain);
  const machineResolvConf = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  const resolv = resolvConf(pod, { nodeIP: node.nodeIP, clusterDomain: node.clusterDomain, machineResolvConf });
  await writeFile(files.etcHosts(uid), hosts, { mode: 0o644 });
  await writeFile(files.resolvConf(uid), resolv, { mode: 0o644 });
}
