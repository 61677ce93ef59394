import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { messageOf } from '../../lib/errors.ts';
import { heldBeside } from '../../lib/held-logs.ts';
import type { ClusterHome } from './cluster-home.ts';
import type { ClusterRecord } from './cluster-record.ts';
import { connectDocker } from './engine.ts';
import { removeRules } from './firewall.ts';
import { engineProcess, removeIsolatedNodes } from './isolated/isolated-nodes.ts';
import { unmountBelow } from '../../lib/mounts.ts';
import { withMachineLock } from './machine-lock.ts';
import { enginesOf } from './node-engines.ts';
import { Processes } from './processes.ts';
import { removeClusterObjects } from './remove-cluster-objects.ts';

export interface DownDeps {
  readonly root: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Removes a cluster: processes first, so that nothing is made again, then containers and networks, rules, and at last the files. What is already gone is fine; what cannot be
 * removed is returned as sentences, and the files stay so that it can be tried again.
 */
export async function downCluster(
  home: ClusterHome,
  record: ClusterRecord | undefined,
  deps: DownDeps,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      problems.push(`${what}: ${messageOf(error)}`);
    }
  };
  await attempt('processes', () => stopEverything(home, deps));
  if (record) {
    await attempt('containers and network', () => removeFromEngines(record, deps));
    await attempt('held log files', () => removeHeldLogs(home, record));
    await attempt('engines', () => stopEngines(home, record, deps));
    await attempt('firewall rules', () => removeRules(record));
    if (record.isolated) await attempt('network namespaces', () => removeIsolatedNodes(record));
  }
  await attempt('mounts', () => unmountBelow(home.root));
  if (problems.length === 0) {
    const removeFiles = async () => rmSync(home.root, { recursive: true, force: true });
    await attempt('files', () => withMachineLock(deps.clock, deps.signal, removeFiles));
  }
  return problems;
}

/** On the machine's engine, and on those of isolated nodes that still answer: what is in the others goes with their data. */
async function removeFromEngines(record: ClusterRecord, deps: DownDeps): Promise<void> {
  if (!record.isolated) {
    await removeClusterObjects(await connectDocker(record.dockerHost), record.name, deps);
    return;
  }
  await Promise.all(
    enginesOf(record).map(async (engine) => {
      const docker = await connectDocker(engine.dockerHost);
      const answers = await docker.ping().then(
        () => true,
        () => false,
      );
      if (answers) await removeClusterObjects(docker, record.name, deps);
    }),
  );
}

/** What the machine's shipper held in the engine's data folder; isolated nodes' is below the cluster's own. */
async function removeHeldLogs(home: ClusterHome, record: ClusterRecord): Promise<void> {
  if (record.isolated) return;
  const { DockerRootDir } = (await (await connectDocker(record.dockerHost)).info()) as {
    readonly DockerRootDir?: string;
  };
  if (DockerRootDir === undefined) return;
  const held = heldBeside(DockerRootDir, join(home.shipper, 'state'));
  rmSync(held, { recursive: true, force: true });
  // The last shipper's folder goes with it.
  if (existsSync(dirname(held)) && readdirSync(dirname(held)).length === 0) rmdirSync(dirname(held));
}

async function stopEngines(home: ClusterHome, record: ClusterRecord, deps: DownDeps): Promise<void> {
  if (!record.isolated) return;
  const processes = new Processes(home, deps.root, deps.clock);
  await Promise.all(record.nodes.map((node) => processes.stop(engineProcess(node.name))));
}

/** Agents and the shipper before the control plane: they say goodbye to it. */
async function stopEverything(home: ClusterHome, deps: DownDeps): Promise<void> {
  if (!existsSync(home.run)) return;
  const processes = new Processes(home, deps.root, deps.clock);
  processes.stopLogBound();
  const names = new Set(
    readdirSync(home.run)
      .filter((file) => file.endsWith('.pid'))
      .map((file) => file.replace(/(?:\.supervisor)?\.pid$/, '')),
  );
  const others = [...names].filter(
    (name) => name !== 'control-plane' && name !== 'bound-logs' && !name.startsWith('engine-'),
  );
  await Promise.all(others.map((name) => processes.stop(name)));
  if (names.has('control-plane')) await processes.stop('control-plane');
}
