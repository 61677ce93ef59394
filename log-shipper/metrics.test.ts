import { expect, test } from 'vitest';
import { newCounters, type ContainerFigures, type OutputFigures } from './figures.ts';
import { renderMetrics } from './metrics.ts';

const counters = { in: 10, out: 8, dropped: 1, malformed: 0, bytes: 100, lostLines: 2, lostBytes: 20 };
const container = (over: Partial<ContainerFigures> = {}): ContainerFigures => ({
  source: { namespace: 'shop', pod: 'p"1', container: 'c' },
  counters,
  retried: 3,
  refused: 1,
  lagSeconds: 4,
  ...over,
});
const output = (over: Partial<OutputFigures> = {}): OutputFigures => ({
  name: 'store',
  required: true,
  counters: { ...newCounters(), acknowledged: 7 },
  containers: [container()],
  lagSeconds: 4,
  backlogBytes: 9,
  lastError: undefined,
  lastRefusal: undefined,
  ...over,
});
const held = { files: 2, bytes: 300 };
const linesOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('each container is shown with what came in, went out and was left out, and why', () => {
  const lines = linesOf(renderMetrics({ held, outputs: [output()] }));
  const labels = 'output="store",namespace="shop",pod="p\\"1",container="c"';
  expect(lines.filter((line) => line.includes('container_'))).toEqual([
    `vigil_log_shipper_container_lines_in_total{${labels}} 10`,
    `vigil_log_shipper_container_lines_out_total{${labels}} 7`,
    `vigil_log_shipper_container_lines_dropped_total{${labels},reason="annotation"} 1`,
    `vigil_log_shipper_container_lines_dropped_total{${labels},reason="file_lost"} 2`,
    `vigil_log_shipper_container_lines_retried_total{${labels}} 3`,
    `vigil_log_shipper_container_lines_refused_total{${labels}} 1`,
    `vigil_log_shipper_container_lines_malformed_total{${labels}} 0`,
    `vigil_log_shipper_container_lag_seconds{${labels}} 4`,
  ]);
  expect(lines).toContain('vigil_log_shipper_held_files 2');
});

test('outputs are told apart, and runs of one container are one series', () => {
  const runs = [container(), container({ lagSeconds: 9 })];
  const outputs = [output({ containers: runs }), output({ name: 'collector', lastError: 'away', containers: [] })];
  const lines = linesOf(renderMetrics({ held, outputs }));
  expect(lines).toContain('vigil_log_shipper_output_up{output="store"} 1');
  expect(lines).toContain('vigil_log_shipper_output_up{output="collector"} 0');
  const series = lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
  expect(new Set(series).size).toBe(series.length);
  const [incoming, lag] = ['lines_in_total', 'lag_seconds'].map((name) =>
    lines.find((line) => line.includes(`container_${name}`)),
  );
  expect([incoming, lag]).toEqual([expect.stringMatching(/ 20$/), expect.stringMatching(/ 9$/)]);
});

test('every name is described once', () => {
  const text = renderMetrics({ held, outputs: [output()] });
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('labels stay bounded', () => {
  const containers = Array.from({ length: 3_000 }, (_, n) =>
    container({ source: { namespace: 'n', pod: `p${n}`, container: 'c' } }),
  );
  const text = renderMetrics({ held, outputs: [output({ containers }), output({ name: 'b', containers })] });
  expect(linesOf(text).filter((line) => line.includes('container_lag_seconds'))).toHaveLength(1_000);
});
