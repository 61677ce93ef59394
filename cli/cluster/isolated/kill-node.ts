import { globSync, readFileSync } from 'node:fs';
import type { ClusterRecord, NodeRecord } from '../cluster-record.ts';
import { agentProcess, netnsOf, shipperProcess } from '../process-plans.ts';
import type { Processes } from '../processes.ts';
import { engineProcess, forgetEnginePids, unplug } from './isolated-nodes.ts';
import { runCommand } from '../run-command.ts';

/** The power cut: the cable is pulled and everything that runs on the node dies at once, its engine and its containers too. */
export async function killIsolatedNode(record: ClusterRecord, node: NodeRecord, processes: Processes): Promise<void> {
  await unplug(record, node);
  for (const name of [agentProcess(node.name), shipperProcess(node.name), engineProcess(node.name)]) {
    await processes.stop(name, { kill: true });
  }
  // Twice, because a shim may have started something between the look and the blow.
  for (let round = 0; round < 2; round++) {
    for (const pid of [...(await namespacePids(record, node)), ...cgroupPids(record, node)]) kill(pid);
  }
  forgetEnginePids(record, node);
}

/** Engine, containerd and shims: what runs in the node's network namespace. */
async function namespacePids(record: ClusterRecord, node: NodeRecord): Promise<readonly number[]> {
  const text = await runCommand('ip', 'netns', 'pids', netnsOf(record, node));
  return text.split('\n').filter(Boolean).map(Number);
}

/** Containers have namespaces of their own, but all are below the node's control group (version 1 or 2). */
function cgroupPids(record: ClusterRecord, node: NodeRecord): readonly number[] {
  const parent = netnsOf(record, node);
  const files = globSync(['{,*/}', `${parent}/**/cgroup.procs`].join(''), { cwd: '/sys/fs/cgroup' });
  const pids = files.flatMap((file) => readFileSync(`/sys/fs/cgroup/${file}`, 'utf8').split('\n').filter(Boolean));
  return [...new Set(pids.map(Number))];
}

function kill(pid: number): void {
  try {
    if (pid > 1) process.kill(pid, 'SIGKILL');
  } catch {
    // It died of something else first.
  }
}
