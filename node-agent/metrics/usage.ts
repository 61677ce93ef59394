/** What a control group has used; counters since it was made. */
export interface CgroupUsage {
  readonly cpuNanos: number;
  readonly cpuUserNanos: number;
  readonly cpuSystemNanos: number;
  readonly periods: number;
  readonly throttledPeriods: number;
  readonly throttledNanos: number;
  readonly memoryBytes: number;
  /** Memory in use less file cache that could be dropped: what evictions and limits look at. */
  readonly workingSetBytes: number;
  readonly rssBytes: number;
  readonly cacheBytes: number;
  readonly mappedBytes: number;
  readonly swapBytes: number;
  readonly maxMemoryBytes: number;
  /** Absent = unlimited. */
  readonly memoryLimitBytes?: number | undefined;
  readonly limitHits: number;
  readonly pageFaults: number;
  readonly majorPageFaults: number;
  readonly oomKills: number;
  readonly processes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
}

export const noUsage: CgroupUsage = {
  cpuNanos: 0,
  cpuUserNanos: 0,
  cpuSystemNanos: 0,
  periods: 0,
  throttledPeriods: 0,
  throttledNanos: 0,
  memoryBytes: 0,
  workingSetBytes: 0,
  rssBytes: 0,
  cacheBytes: 0,
  mappedBytes: 0,
  swapBytes: 0,
  maxMemoryBytes: 0,
  limitHits: 0,
  pageFaults: 0,
  majorPageFaults: 0,
  oomKills: 0,
  processes: 0,
  readBytes: 0,
  writtenBytes: 0,
  reads: 0,
  writes: 0,
};

/** The sum, for a pod of its containers; limits are not added up. */
export function addUsage(a: CgroupUsage, b: CgroupUsage): CgroupUsage {
  const sum: Record<string, number> = {};
  for (const key of Object.keys(noUsage) as (keyof CgroupUsage)[]) sum[key] = (a[key] ?? 0) + (b[key] ?? 0);
  return sum as unknown as CgroupUsage;
}

export interface InterfaceUsage {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

/** Reads `/proc/<pid>/net/dev`; loopback is left out. */
export function parseNetDev(text: string): readonly InterfaceUsage[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*([^:\s]+):\s*(.*)$/.exec(line);
    if (!match?.[1] || match[1] === 'lo') return [];
    const fields = (match[2] ?? '').trim().split(/\s+/).map(Number);
    const at = (index: number) => fields[index] ?? 0;
    return [
      {
        name: match[1],
        rxBytes: at(0),
        rxPackets: at(1),
        rxErrors: at(2),
        rxDropped: at(3),
        txBytes: at(8),
        txPackets: at(9),
        txErrors: at(10),
        txDropped: at(11),
      },
    ];
  });
}
