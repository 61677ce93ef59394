import { noUsage, type CgroupUsage } from './usage.ts';

/** Content of a control group's files by name; a file that could not be read is absent. */
export type CgroupFiles = Readonly<Record<string, string | undefined>>;

/** The clock tick in which v1 reports user and system time: 1/100 s on every Linux architecture that runs containers. */
const TICK_NANOS = 10_000_000;
/** v1's way of saying unlimited: the largest multiple of a page. */
const UNLIMITED_BYTES = 2 ** 62;

/** Files that are read of a group, by hierarchy. */
export const v1Files: Readonly<Record<string, readonly string[]>> = {
  cpuacct: ['cpuacct.usage', 'cpuacct.stat'],
  cpu: ['cpu.stat'],
  memory: [
    'memory.usage_in_bytes',
    'memory.stat',
    'memory.limit_in_bytes',
    'memory.failcnt',
    'memory.max_usage_in_bytes',
    'memory.oom_control',
  ],
  pids: ['pids.current'],
  blkio: ['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_serviced_recursive'],
};
export const v2Files: readonly string[] = [
  'cpu.stat',
  'memory.current',
  'memory.stat',
  'memory.max',
  'memory.peak',
  'memory.events',
  'memory.swap.current',
  'pids.current',
  'io.stat',
];

/** `undefined` when not even CPU time or memory could be read: the group is gone. */
export function parseV1(files: CgroupFiles): CgroupUsage | undefined {
  const cpuNanos = number(files['cpuacct.usage']);
  const memoryBytes = number(files['memory.usage_in_bytes']);
  if (cpuNanos === undefined && memoryBytes === undefined) return undefined;
  const ticks = table(files['cpuacct.stat']);
  const cpu = table(files['cpu.stat']);
  const memory = table(files['memory.stat']);
  const bytes = ioSums(files['blkio.throttle.io_service_bytes_recursive']);
  const operations = ioSums(files['blkio.throttle.io_serviced_recursive']);
  const inactive = memory['total_inactive_file'] ?? 0;
  return {
    ...noUsage,
    cpuNanos: cpuNanos ?? 0,
    cpuUserNanos: (ticks['user'] ?? 0) * TICK_NANOS,
    cpuSystemNanos: (ticks['system'] ?? 0) * TICK_NANOS,
    periods: cpu['nr_periods'] ?? 0,
    throttledPeriods: cpu['nr_throttled'] ?? 0,
    throttledNanos: cpu['throttled_time'] ?? 0,
    memoryBytes: memoryBytes ?? 0,
    workingSetBytes: Math.max(0, (memoryBytes ?? 0) - inactive),
    rssBytes: memory['total_rss'] ?? 0,
    cacheBytes: memory['total_cache'] ?? 0,
    mappedBytes: memory['total_mapped_file'] ?? 0,
    swapBytes: memory['total_swap'] ?? 0,
    maxMemoryBytes: number(files['memory.max_usage_in_bytes']) ?? 0,
    memoryLimitBytes: limit(number(files['memory.limit_in_bytes'])),
    limitHits: number(files['memory.failcnt']) ?? 0,
    pageFaults: memory['total_pgfault'] ?? 0,
    majorPageFaults: memory['total_pgmajfault'] ?? 0,
    oomKills: table(files['memory.oom_control'])['oom_kill'] ?? 0,
    processes: number(files['pids.current']) ?? 0,
    readBytes: bytes['Read'] ?? 0,
    writtenBytes: bytes['Write'] ?? 0,
    reads: operations['Read'] ?? 0,
    writes: operations['Write'] ?? 0,
  };
}

/** `undefined` when the group is gone. */
export function parseV2(files: CgroupFiles): CgroupUsage | undefined {
  const memoryBytes = number(files['memory.current']);
  if (files['cpu.stat'] === undefined && memoryBytes === undefined) return undefined;
  const cpu = table(files['cpu.stat']);
  const memory = table(files['memory.stat']);
  const events = table(files['memory.events']);
  const io = ioStat(files['io.stat']);
  return {
    ...noUsage,
    cpuNanos: (cpu['usage_usec'] ?? 0) * 1000,
    cpuUserNanos: (cpu['user_usec'] ?? 0) * 1000,
    cpuSystemNanos: (cpu['system_usec'] ?? 0) * 1000,
    periods: cpu['nr_periods'] ?? 0,
    throttledPeriods: cpu['nr_throttled'] ?? 0,
    throttledNanos: (cpu['throttled_usec'] ?? 0) * 1000,
    memoryBytes: memoryBytes ?? 0,
    workingSetBytes: Math.max(0, (memoryBytes ?? 0) - (memory['inactive_file'] ?? 0)),
    rssBytes: memory['anon'] ?? 0,
    cacheBytes: memory['file'] ?? 0,
    mappedBytes: memory['file_mapped'] ?? 0,
    swapBytes: number(files['memory.swap.current']) ?? 0,
    maxMemoryBytes: number(files['memory.peak']) ?? 0,
    memoryLimitBytes: limit(number(files['memory.max'])),
    limitHits: events['max'] ?? 0,
    pageFaults: memory['pgfault'] ?? 0,
    majorPageFaults: memory['pgmajfault'] ?? 0,
    oomKills: events['oom_kill'] ?? 0,
    processes: number(files['pids.current']) ?? 0,
    readBytes: io['rbytes'] ?? 0,
    writtenBytes: io['wbytes'] ?? 0,
    reads: io['rios'] ?? 0,
    writes: io['wios'] ?? 0,
  };
}

/** Where a process's groups are: `/proc/<pid>/cgroup` as hierarchy (`''` is v2) to path. */
export function parseProcCgroup(text: string): Readonly<Record<string, string>> {
  const paths: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (!match) continue;
    for (const controller of (match[1] ?? '').split(',')) paths[controller] = match[2] ?? '/';
  }
  return paths;
}

/** Mount points by v1 controller, and `''` for v2, from `/proc/mounts`. */
export function parseCgroupMounts(text: string): Readonly<Record<string, string>> {
  const mounts: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [, point = '', type, options = ''] = line.split(' ');
    if (type === 'cgroup2') mounts[''] ??= point;
    if (type !== 'cgroup') continue;
    for (const option of options.split(',')) if (option in v1Files) mounts[option] ??= point;
  }
  return mounts;
}

function number(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+\s*$/.test(text)) return undefined;
  return Number(text);
}

function limit(bytes: number | undefined): number | undefined {
  return bytes === undefined || bytes >= UNLIMITED_BYTES ? undefined : bytes;
}

/** Lines of `name value`. */
function table(text: string | undefined): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const line of (text ?? '').split('\n')) {
    const [name, value] = line.split(' ');
    if (name && value) values[name] = Number(value);
  }
  return values;
}

/** v1: lines of `device operation value`, summed over devices. */
function ioSums(text: string | undefined): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const line of (text ?? '').split('\n')) {
    const [, operation, value] = line.split(' ');
    if (operation && value) sums[operation] = (sums[operation] ?? 0) + Number(value);
  }
  return sums;
}

/** v2: lines of `device rbytes=… wbytes=…`, summed over devices. */
function ioStat(text: string | undefined): Readonly<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const match of (text ?? '').matchAll(/(\w+)=(\d+)/g)) {
    if (match[1]) sums[match[1]] = (sums[match[1]] ?? 0) + Number(match[2]);
  }
  return sums;
}
