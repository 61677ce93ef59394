import { readFileSync } from 'node:fs';
import { Registry as MetricsRegistry } from 'prom-client';
import { assemble } from '../../control-plane/apiserver/assemble.ts';
import { SystemClock } from '../../lib/clock.ts';
import { runComponents, terminationSignal } from '../../lib/component.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { createLog } from '../../lib/log.ts';

/** The API alone as a process; says its port. */
const config = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as ControlPlaneConfig;
const clock = new SystemClock();
const log = createLog('bench', 'warn');
const core = await assemble({ config, clock, log, metrics: new MetricsRegistry() });
const server = core.server([], new Map());
const announcement = {
  name: 'announcement',
  start: () => {
    console.log(String(server.port));
    return Promise.resolve();
  },
  stop: () => Promise.resolve(),
};
await runComponents([...core.components, server, announcement], log, terminationSignal());
process.exit(0);
