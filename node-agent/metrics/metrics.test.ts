import { describe, expect, test } from 'vitest';
import type { ProbeRecord } from '../../lib/signals/records.ts';
import type { AgentPods } from '../agent-pods.ts';
import { AgentMetrics } from './agent-metrics.ts';
import { cadvisorMetrics } from './cadvisor-metrics.ts';
import { Exposition } from './exposition.ts';
import type { NodeStats } from './node-stats.ts';
import { ProbeMetrics } from './probe-metrics.ts';
import { resourceMetrics } from './resource-metrics.ts';
import { statsSummary } from './stats-summary.ts';
import { noUsage } from './usage.ts';

const usage = { ...noUsage, cpuNanos: 2.5e9, memoryBytes: 3000, workingSetBytes: 2000, memoryLimitBytes: 8000 };
const interfaceUsage = {
  name: 'eth0',
  rxBytes: 10,
  rxPackets: 1,
  rxErrors: 0,
  rxDropped: 0,
  txBytes: 20,
  txPackets: 2,
  txErrors: 0,
  txDropped: 0,
};
const stats: NodeStats = {
  timeMs: 1_700_000_000_000,
  cpuNanos: 9e9,
  nanoCores: 5e8,
  cpuCores: 2,
  memoryBytes: 5000,
  workingSetBytes: 4000,
  memoryCapacityBytes: 10_000,
  pods: [
    {
      pod: {
        metadata: { namespace: 'default', name: 'web-1', uid: 'u1' },
        status: { startTime: '2023-11-14T22:00:00Z' },
      },
      containers: [
        {
          container: { id: 'abc', name: 'web', isRunning: true, restartCount: 0, startedAtMs: 1_699_999_990_000 },
          image: 'demo:1',
          usage,
          nanoCores: 1e8,
        },
      ],
      usage,
      nanoCores: 1e8,
      network: [interfaceUsage],
    },
  ],
};

describe('cAdvisor’s metrics', () => {
  const text = cadvisorMetrics('n1', stats);

  test.each([
    'container_cpu_usage_seconds_total{container="web",id="/kubepods/podu1/abc",image="demo:1",name="abc",namespace="default",node="n1",pod="web-1",cpu="total"} 2.5',
    'container_memory_working_set_bytes{container="",id="/kubepods/podu1",image="",name="",namespace="default",node="n1",pod="web-1"} 2000',
    'container_memory_working_set_bytes{container="",id="/",image="",name="",namespace="",node="n1",pod=""} 4000',
    'container_network_transmit_bytes_total{container="",id="/kubepods/podu1",image="",name="",namespace="default",node="n1",pod="web-1",interface="eth0"} 20',
    'machine_memory_bytes{node="n1"} 10000',
    '# TYPE container_cpu_usage_seconds_total counter',
  ])('have %s', (line) => {
    expect(text.split('\n')).toContain(line);
  });

  test('name each family once', () => {
    const names = text
      .split('\n')
      .filter((line) => line.startsWith('# TYPE'))
      .map((line) => line.split(' ')[2]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the summary', () => {
  test('has the kubelet’s shape', () => {
    expect(JSON.parse(JSON.stringify(statsSummary('n1', 1_690_000_000_000, stats)))).toMatchObject({
      node: {
        nodeName: 'n1',
        cpu: { time: '2023-11-14T22:13:20.000Z', usageNanoCores: 5e8, usageCoreNanoSeconds: 9e9 },
        memory: { availableBytes: 6000, workingSetBytes: 4000 },
      },
      pods: [
        {
          podRef: { name: 'web-1', namespace: 'default', uid: 'u1' },
          containers: [
            {
              name: 'web',
              cpu: { usageNanoCores: 1e8, usageCoreNanoSeconds: 2.5e9 },
              memory: { workingSetBytes: 2000, availableBytes: 6000 },
            },
          ],
          network: { name: 'eth0', rxBytes: 10, txBytes: 20 },
        },
      ],
    });
  });
});

describe('resource metrics', () => {
  test('carry the time of the reading', () => {
    const lines = resourceMetrics(stats).split('\n');
    expect(lines).toContain(
      'container_cpu_usage_seconds_total{container="web",namespace="default",pod="web-1"} 2.5 1700000000000',
    );
    expect(lines).toContain('node_memory_working_set_bytes 4000 1700000000000');
    expect(lines).toContain('resource_scrape_error 0');
  });
});

describe('the text format', () => {
  test('escapes what would end a label early', () => {
    const text = new Exposition().family('m', 'gauge', 'Help.', [[{ l: 'a"b\\c\nd' }, 1]]).toString();
    expect(text).toBe('# HELP m Help.\n# TYPE m gauge\nm{l="a\\"b\\\\c\\nd"} 1\n');
  });

  test('leaves out families without samples', () => {
    expect(new Exposition().family('m', 'gauge', 'Help.', [[{}, undefined]]).toString()).toBe('\n');
  });
});

function record(overrides: Partial<ProbeRecord> = {}): ProbeRecord {
  return {
    type: 'probe',
    time: '2023-11-14T22:13:20.000Z',
    probe: 'liveness',
    check: 'GET :81/healthz',
    outcome: 'failure',
    run: 1,
    threshold: 3,
    action: 'none',
    latencyMs: 12,
    output: '',
    periodMs: 1000,
    namespace: 'default',
    pod: 'web-1',
    podUid: 'u1',
    container: 'web',
    node: 'n1',
    workload: { kind: 'Deployment', name: 'web' },
    restartCount: 0,
    ...overrides,
  };
}

describe('probe metrics', () => {
  test('count attempts by result, with durations for failures too', async () => {
    const probes = new ProbeMetrics();
    probes.observe(record());
    probes.observe(record({ outcome: 'success' }));
    const lines = (await probes.text()).split('\n');
    expect(lines).toContain(
      'prober_probe_total{probe_type="Liveness",container="web",pod="web-1",namespace="default",result="failed",pod_uid="u1"} 1',
    );
    expect(lines).toContain(
      'prober_probe_duration_seconds_count{probe_type="Liveness",container="web",pod="web-1",namespace="default"} 2',
    );
  });

  test('forget pods that are gone, but not the durations of a successor with the same name', async () => {
    const probes = new ProbeMetrics();
    probes.observe(record());
    probes.observe(record({ podUid: 'u2' }));
    probes.keepOnly(new Set(['u2']));
    expect(await probes.text()).not.toContain('u1');
    expect(await probes.text()).toContain('prober_probe_duration_seconds_count');
    probes.keepOnly(new Set());
    expect(await probes.text()).not.toContain('web-1');
  });

  test('stay bounded when nobody asks', async () => {
    const probes = new ProbeMetrics();
    for (let index = 0; index < 600; index++) probes.observe(record({ podUid: `u${index}`, pod: `p${index}` }));
    const text = await probes.text();
    expect(text.match(/^prober_probe_total\{/gm)).toHaveLength(500);
    expect(text).toContain('"u599"');
  });
});

describe('the agent’s own metrics', () => {
  test('say what runs now', async () => {
    const pods: AgentPods = {
      get: () => undefined,
      container: () => undefined,
      list: () => [
        {
          pod: { metadata: { uid: 'u1' } },
          containers: [
            { id: 'a', name: 'a', isRunning: true, restartCount: 0 },
            { id: 'b', name: 'b', isRunning: false, restartCount: 0 },
          ],
        },
      ],
    };
    const agent = new AgentMetrics('n1', pods);
    agent.countRuntimeOperation('create_container', true);
    const lines = (await agent.text()).split('\n');
    expect(lines).toContain('kubelet_running_pods 1');
    expect(lines).toContain('kubelet_running_containers{container_state="exited"} 1');
    expect(lines).toContain('kubelet_runtime_operations_errors_total{operation_type="create_container"} 1');
    expect(lines).toContain('kubelet_node_name{node="n1"} 1');
    expect(lines.some((line) => line.startsWith('process_resident_memory_bytes '))).toBe(true);
  });
});
