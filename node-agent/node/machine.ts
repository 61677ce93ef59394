import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, hostname, totalmem } from 'node:os';

/** What is true of the machine as long as it runs. */
export interface MachineFacts {
  readonly machineID: string;
  readonly systemUUID: string;
  readonly bootID: string;
  readonly hostname: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** False where the kernel refuses negative `oom_score_adj` (no CAP_SYS_RESOURCE): containers that ask for one would not start. */
  readonly canLowerOomScore: boolean;
}

const CAP_SYS_RESOURCE = 24n;

function hasCapability(processStatus: string, capability: bigint): boolean {
  const effective = /^CapEff:\s+([0-9a-f]+)$/m.exec(processStatus)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> capability) & 1n) === 1n;
}

export async function readMachine(): Promise<MachineFacts> {
  const read = async (path: string) => (await readFile(path, 'utf8').catch(() => '')).trim();
  return {
    machineID: await read('/etc/machine-id'),
    systemUUID: await read('/sys/class/dmi/id/product_uuid'),
    bootID: await read('/proc/sys/kernel/random/boot_id'),
    hostname: hostname(),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    canLowerOomScore: hasCapability(await read('/proc/self/status'), CAP_SYS_RESOURCE),
  };
}

/** What the machine has left at this moment. Absent figures could not be read: they raise no alarm. */
export interface MachinePressure {
  readonly memoryAvailableBytes?: number | undefined;
  readonly diskBytes?: number | undefined;
  readonly diskAvailableBytes?: number | undefined;
  readonly inodes?: number | undefined;
  readonly inodesFree?: number | undefined;
  readonly processes?: number | undefined;
  readonly maxProcesses?: number | undefined;
}

export async function readPressure(diskPath: string): Promise<MachinePressure> {
  const [meminfo, disk, load, pidMax] = await Promise.all([
    readFile('/proc/meminfo', 'utf8').catch(() => ''),
    statfs(diskPath).catch(() => undefined),
    readFile('/proc/loadavg', 'utf8').catch(() => ''),
    readFile('/proc/sys/kernel/pid_max', 'utf8').catch(() => ''),
  ]);
  const availableKiB = /^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1];
  return {
    memoryAvailableBytes: availableKiB === undefined ? undefined : Number(availableKiB) * 1024,
    diskBytes: disk && disk.blocks * disk.bsize,
    diskAvailableBytes: disk && disk.bavail * disk.bsize,
    inodes: disk?.files,
    inodesFree: disk?.ffree,
    processes: numberOr(/^\S+ \S+ \S+ \d+\/(\d+)/.exec(load)?.[1]),
    maxProcesses: numberOr(pidMax.trim()),
  };
}

function numberOr(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || text === '' || Number.isNaN(value) ? undefined : value;
}
