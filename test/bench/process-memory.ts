import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCluster } from '../support/cluster.ts';

export interface ProcessMemory {
  readonly name: string;
  readonly rssMb: number;
  /** Pages that several processes have, as all have those of Node's program, are divided among them. */
  readonly sharedOutMb: number;
}

/** Resident memory of every process of the cluster's own with those that keep them up; pods of the user left out. */
export function memory(cluster: TestCluster): ProcessMemory[] {
  const all = readdirSync(cluster.home.run)
    .filter((file) => file.endsWith('.pid'))
    .map((file) => ({
      name: file.slice(0, -'.pid'.length),
      ...memoryOf(readFileSync(join(cluster.home.run, file), 'utf8').trim()),
    }));
  const isShell = ({ name }: ProcessMemory) => name.endsWith('.supervisor') || name === 'bound-logs';
  const shells = { name: 'supervising shells', ...sumOf(all.filter(isShell)) };
  return [...all.filter((one) => !isShell(one)), ...logStores(cluster), shells];
}

export function sumOf(processes: readonly ProcessMemory[]): Omit<ProcessMemory, 'name'> {
  return {
    rssMb: processes.reduce((sum, one) => sum + one.rssMb, 0),
    sharedOutMb: processes.reduce((sum, one) => sum + one.sharedOutMb, 0),
  };
}

function memoryOf(pid: string): Omit<ProcessMemory, 'name'> {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1024;
  return { rssMb: megabytes('Rss'), sharedOutMb: megabytes('Pss') };
}

/** The machine may run stores of other clusters: this one's has the cluster's folder mounted. */
function logStores({ home }: TestCluster): ProcessMemory[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const isStore = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('log-store/main.ts\0');
        const isOwn = isStore && readFileSync(`/proc/${pid}/mountinfo`, 'utf8').includes(` ${home.logStore} `);
        return isOwn ? [{ name: 'log-store', ...memoryOf(pid) }] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}
