import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { assemble } from '../../../control-plane/apiserver/assemble.ts';
import { SystemClock } from '../../../lib/clock.ts';
import { runComponents, terminationSignal } from '../../../lib/component.ts';
import type { ControlPlaneConfig } from '../../../lib/config/control-plane.ts';
import { startLean } from '../../../lib/lean-start.ts';
import { createLog } from '../../../lib/log.ts';
import { MetricsRegistry } from '../../../lib/prometheus.ts';

/** The API alone as a process: no scheduler, no controllers. Says its port as the control plane does. */
const { values } = parseArgs({ options: { config: { type: 'string' } } });
await startLean([new URL('../../../control-plane/store/sqlite-worker.ts', import.meta.url)]);
const config = JSON.parse(readFileSync(values.config ?? '', 'utf8')) as ControlPlaneConfig;
const clock = new SystemClock();
const log = createLog('bench');
const core = await assemble({ config, clock, log, metrics: new MetricsRegistry() });
const server = core.server([], new Map());
const announcement = {
  name: 'announcement',
  start: () => {
    log.info({ port: server.port }, 'the control plane serves');
    return Promise.resolve();
  },
  stop: () => Promise.resolve(),
};
await runComponents([...core.components, server, announcement], log, terminationSignal());
process.exit(0);
