import { describe, expect, test } from 'vitest';
import { parseCgroupMounts, parseProcCgroup, parseV1, parseV2 } from './cgroup-parse.ts';
import { addUsage, noUsage, parseNetDev } from './usage.ts';

describe('control groups, version 1', () => {
  test('CPU, memory, processes and disk are read', () => {
    const usage = parseV1({
      'cpuacct.usage': '1500000000\n',
      'cpuacct.stat': 'user 100\nsystem 40\n',
      'cpu.stat': 'nr_periods 12\nnr_throttled 5\nthrottled_time 300000000\n',
      'memory.usage_in_bytes': '10485760\n',
      'memory.stat': 'cache 1\ntotal_cache 4194304\ntotal_rss 6291456\ntotal_inactive_file 2097152\ntotal_pgfault 9\n',
      'memory.limit_in_bytes': '67108864\n',
      'memory.failcnt': '3\n',
      'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
      'pids.current': '4\n',
      'blkio.throttle.io_service_bytes_recursive': '8:0 Read 4096\n8:0 Write 8192\n8:16 Read 1024\nTotal 13312\n',
    });
    expect(usage).toMatchObject({
      cpuNanos: 1.5e9,
      cpuUserNanos: 1e9,
      cpuSystemNanos: 0.4e9,
      throttledPeriods: 5,
      throttledNanos: 3e8,
      memoryBytes: 10_485_760,
      workingSetBytes: 8_388_608,
      rssBytes: 6_291_456,
      cacheBytes: 4_194_304,
      memoryLimitBytes: 67_108_864,
      limitHits: 3,
      oomKills: 1,
      pageFaults: 9,
      processes: 4,
      readBytes: 5120,
      writtenBytes: 8192,
    });
  });

  test('a limit that is none is absent', () => {
    expect(parseV1({ 'cpuacct.usage': '1', 'memory.limit_in_bytes': '9223372036854771712' })?.memoryLimitBytes).toBe(
      undefined,
    );
  });

  test('a group without files is gone', () => {
    expect(parseV1({})).toBeUndefined();
    expect(parseV2({})).toBeUndefined();
  });
});

describe('control groups, version 2', () => {
  test('CPU, memory, processes and disk are read', () => {
    const usage = parseV2({
      'cpu.stat':
        'usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\nnr_periods 7\nnr_throttled 2\nthrottled_usec 10\n',
      'memory.current': '10485760\n',
      'memory.stat': 'anon 6291456\nfile 4194304\ninactive_file 2097152\npgmajfault 2\n',
      'memory.max': 'max\n',
      'memory.events': 'low 0\nhigh 0\nmax 3\noom 1\noom_kill 1\n',
      'pids.current': '4\n',
      'io.stat': '8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n8:16 rbytes=1024 wbytes=0 rios=1 wios=0\n',
    });
    expect(usage).toMatchObject({
      cpuNanos: 1.5e9,
      throttledPeriods: 2,
      throttledNanos: 10_000,
      workingSetBytes: 8_388_608,
      rssBytes: 6_291_456,
      memoryLimitBytes: undefined,
      limitHits: 3,
      oomKills: 1,
      majorPageFaults: 2,
      readBytes: 5120,
      reads: 2,
      writes: 2,
    });
  });
});

describe('where groups are', () => {
  test('mounts of both versions side by side are told apart', () => {
    const mounts =
      'cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\ncgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\n' +
      'cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0\ntmpfs /tmp tmpfs rw 0 0\n';
    expect(parseCgroupMounts(mounts)).toEqual({
      '': '/sys/fs/cgroup/unified',
      cpu: '/sys/fs/cgroup/cpu,cpuacct',
      cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
      memory: '/sys/fs/cgroup/memory',
    });
  });

  test('a process is in one group per hierarchy', () => {
    expect(
      parseProcCgroup('4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n9:name=systemd:/x\n0::/docker/abc\n'),
    ).toEqual({
      memory: '/docker/abc',
      cpu: '/docker/abc',
      cpuacct: '/docker/abc',
      'name=systemd': '/x',
      '': '/docker/abc',
    });
  });
});

describe('usage', () => {
  test('of a pod is the sum of its containers, without their limits', () => {
    const one = { ...noUsage, cpuNanos: 1, workingSetBytes: 2, memoryLimitBytes: 9 };
    const sum = addUsage(one, one);
    expect(sum).toMatchObject({ cpuNanos: 2, workingSetBytes: 4 });
    expect(sum.memoryLimitBytes).toBeUndefined();
  });

  test('of interfaces leaves loopback out', () => {
    const text =
      'Inter-|   Receive |  Transmit\n face |bytes packets\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n' +
      '  eth0:  200 2 3 4 0 0 0 0 500 5 6 7 0 0 0 0\n';
    expect(parseNetDev(text)).toEqual([
      {
        name: 'eth0',
        rxBytes: 200,
        rxPackets: 2,
        rxErrors: 3,
        rxDropped: 4,
        txBytes: 500,
        txPackets: 5,
        txErrors: 6,
        txDropped: 7,
      },
    ]);
  });
});
