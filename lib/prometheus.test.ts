import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { Counter, MetricsRegistry, collectProcessMetrics } from './prometheus.ts';

test('what a process tells of itself has the names that every Node dashboard knows', async () => {
  const registry = new MetricsRegistry();
  collectProcessMetrics(registry, true);

  const text = await registry.metrics();

  for (const name of [
    'process_cpu_user_seconds_total',
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_start_time_seconds',
    'process_open_fds',
    'nodejs_eventloop_lag_seconds',
    'nodejs_heap_size_used_bytes',
    'nodejs_version_info',
  ])
    expect(text).toMatch(new RegExp(`^${name}[ {]`, 'm'));
});

test('CPU time counts from the start of the process and never falls', async () => {
  const registry = new MetricsRegistry();
  collectProcessMetrics(registry, false);
  const seconds = async () => Number(/^process_cpu_seconds_total (\S+)$/m.exec(await registry.metrics())?.[1]);

  const first = await seconds();
  const second = await seconds();

  expect(first).toBeGreaterThan(0);
  expect(second).toBeGreaterThanOrEqual(first);
});

test('the parts are those of the package: one metric class, one registry', () => {
  const whole = createRequire(import.meta.url)('prom-client') as {
    readonly Counter: unknown;
    readonly Registry: unknown;
  };

  expect(whole).toMatchObject({ Counter, Registry: MetricsRegistry });
});
