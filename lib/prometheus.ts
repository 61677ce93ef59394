import { createRequire } from 'node:module';
import type * as PromClient from 'prom-client';

/*
 * prom-client in parts. Its index also loads a push gateway, an aggregator for Node's cluster module and all of OpenTelemetry's API: so much code at start that
 * V8 brings out its optimizing compilers, together 8 MB in every process.
 */

type Part = 'counter' | 'gauge' | 'histogram' | 'registry' | `metrics/${ProcessMetric}`;
/** `processCpuTotal` is not among them: it is what loads OpenTelemetry. `eventLoopLag` and `gc` watch all the time, the others look when asked. */
type ProcessMetric =
  | 'eventLoopLag'
  | 'gc'
  | 'heapSizeAndUsed'
  | 'heapSpacesSizeAndUsed'
  | 'osMemoryHeap'
  | 'processMaxFileDescriptors'
  | 'processOpenFileDescriptors'
  | 'processResources'
  | 'processStartTime'
  | 'version';

const require = createRequire(import.meta.url);
const load = (part: Part): unknown => require(`prom-client/lib/${part}`);

export const Counter = load('counter') as typeof PromClient.Counter;
export const Gauge = load('gauge') as typeof PromClient.Gauge;
export const Histogram = load('histogram') as typeof PromClient.Histogram;
export const MetricsRegistry = load('registry') as typeof PromClient.Registry;

const MICROS = 1e6;
/** Between two looks at how late timers are. */
const EVENT_LOOP_PRECISION_MS = 10;

const cheap: readonly ProcessMetric[] = [
  'heapSizeAndUsed',
  'heapSpacesSizeAndUsed',
  'osMemoryHeap',
  'processMaxFileDescriptors',
  'processOpenFileDescriptors',
  'processResources',
  'processStartTime',
  'version',
];

/** Adds `process_*` and `nodejs_*`, with prom-client's names; event loop lag and garbage collection only where they are worth a timer of their own. */
export function collectProcessMetrics(register: PromClient.Registry, withEventLoop: boolean): void {
  collectCpu(register);
  const config = { register, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS };
  for (const name of withEventLoop ? [...cheap, 'eventLoopLag' as const, 'gc' as const] : cheap) {
    (load(`metrics/${name}`) as (register: PromClient.Registry, config: object) => void)(register, config);
  }
}

function collectCpu(register: PromClient.Registry): void {
  const registers = [register];
  const metric = (name: string, help: string, micros: () => number): void => {
    const counter: PromClient.Counter = new Counter({
      name,
      help,
      registers,
      collect() {
        counter.reset();
        counter.inc(micros() / MICROS);
      },
    });
  };
  metric('process_cpu_user_seconds_total', 'Total user CPU time spent in seconds.', () => process.cpuUsage().user);
  metric(
    'process_cpu_system_seconds_total',
    'Total system CPU time spent in seconds.',
    () => process.cpuUsage().system,
  );
  metric('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  });
}
