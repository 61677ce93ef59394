import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '../support/cluster.ts';
import { memory, sumOf, type ProcessMemory } from './process-memory.ts';

/** So long a cluster is left alone after it is Ready: what a start needed is given back by then. */
const IDLE_MS = 20_000;

/** What the platform itself may take, in MB. */
const budgets = [
  { nodes: 3, budgetMb: 600 },
  { nodes: 1, budgetMb: 350 },
] as const;

/** `npm run bench -- memory`: resident memory of an idle cluster with the demo, process by process, at three nodes and at one. */
export async function run(): Promise<void> {
  for (const { nodes, budgetMb } of budgets) {
    const cluster = await startCluster({ name: 'memory', nodes, demo: true });
    try {
      await sleep(IDLE_MS);
      const processes = memory(cluster);
      console.log(`${nodes} ${nodes === 1 ? 'node' : 'nodes'}`);
      const line = (name: string, { rssMb, sharedOutMb }: Omit<ProcessMemory, 'name'>) =>
        `  ${name.padEnd(22)} ${rssMb.toFixed(0).padStart(4)} MB   ${sharedOutMb.toFixed(0).padStart(4)} MB with shared pages shared out`;
      for (const one of processes) console.log(line(one.name, one));
      const together = sumOf(processes);
      console.log(`${line('together', together)}   ${together.rssMb <= budgetMb ? '✓' : '✗'} ≤ ${budgetMb} MB`);
    } finally {
      await cluster.stop();
    }
  }
}
