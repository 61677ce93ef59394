import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Registry as MetricsRegistry, collectDefaultMetrics } from 'prom-client';
import { SystemClock, type Clock } from '../lib/clock.ts';
import { runComponents, terminationSignal, type Component } from '../lib/component.ts';
import type { ControlPlaneConfig } from '../lib/config/control-plane.ts';
import { messageOf } from '../lib/errors.ts';
import type { KubeClient } from '../lib/kube/client.ts';
import { SharedInformers } from '../lib/kube/shared-informers.ts';
import { createLog, type Logger } from '../lib/log.ts';
import type { ApiExtension } from './apiserver/extension.ts';
import { assemble } from './apiserver/assemble.ts';
import { LocalKubeClient } from './registry/local-client.ts';

/** What every loop of the control plane is given. */
interface Platform {
  readonly config: ControlPlaneConfig;
  readonly clock: Clock;
  readonly log: Logger;
  /** The registry itself, without HTTP. */
  readonly client: KubeClient;
  /** One cache of each kind, shared by all loops. */
  readonly informers: SharedInformers;
  readonly metrics: MetricsRegistry;
}

/** Loops that work on the API: started in this order when the API serves, stopped in the reverse order. */
function loopsOf(_platform: Platform): Component[] {
  return [];
}

/** API groups that are computed rather than stored. */
function extensionsOf(_platform: Platform): ApiExtension[] {
  return [];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new Error('usage: node control-plane/main.ts --config FILE');
  const config = JSON.parse(readFileSync(values.config, 'utf8')) as ControlPlaneConfig;
  const clock = new SystemClock();
  const log = createLog('control-plane', config.logLevel);
  const metrics = new MetricsRegistry();
  collectDefaultMetrics({ register: metrics });
  const signal = terminationSignal();

  const core = await assemble({ config, clock, log, metrics });
  const client = new LocalKubeClient(core.registry);
  const informers = new SharedInformers({ client, clock, log });
  const platform: Platform = { config, clock, log, client, informers, metrics };
  const extensions = extensionsOf(platform);
  const loops = loopsOf(platform);
  const server = core.server(extensions);
  const started: Component = {
    name: 'announcement',
    start: () => {
      log.info({ cluster: config.clusterName, listen: config.listen, port: server.port }, 'the control plane serves');
      return Promise.resolve();
    },
    stop: () => Promise.resolve(),
  };
  await runComponents([...core.components, server, started, informers, ...loops], log, signal);
}

main().then(
  // Whatever a library still holds open must not keep a stopped process alive.
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`control plane: ${messageOf(error)}\n`);
    process.exit(1);
  },
);
