import { expect, test } from 'vitest';
import { FakeClock } from './clock.ts';
import { Controller } from './kube/controller.ts';
import { silentLog } from './log.ts';
import { Metrics } from './metrics.ts';
import { QueueMetrics } from './queue-metrics.ts';

test('adds, retries, durations and depth of a queue are shown under its name', async () => {
  const metrics = new Metrics();
  const clock = new FakeClock();
  let failures = 1;
  const controller = new Controller({
    name: 'deployment',
    clock,
    log: silentLog,
    observer: new QueueMetrics(metrics),
    reconcile: () => (failures-- > 0 ? Promise.reject(new Error('not yet')) : Promise.resolve()),
  });
  controller.enqueue('a');
  controller.enqueue('b');
  expect(await metrics.text()).toContain('workqueue_depth{name="deployment"} 2');
  await controller.start(new AbortController().signal);
  await clock.advance(1_000);
  await controller.stop();
  const text = await metrics.text();
  expect(text).toContain('workqueue_adds_total{name="deployment"} 2');
  expect(text).toContain('workqueue_retries_total{name="deployment"} 1');
  expect(text).toContain('workqueue_work_duration_seconds_count{name="deployment"} 3');
  expect(text).toContain('workqueue_depth{name="deployment"} 0');
});
