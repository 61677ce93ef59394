import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SystemClock, type Clock } from '../lib/clock.ts';
import { runComponents, terminationSignal, type Component } from '../lib/component.ts';
import { messageOf } from '../lib/errors.ts';
import { startLean } from '../lib/lean-start.ts';
import { createLog } from '../lib/log.ts';
import { parseShipperConfig } from './config.ts';
import { MetricsServer } from './metrics-server.ts';
import { Shipper } from './shipper.ts';
import { createSink } from './sinks/create-sink.ts';
import { holdThread } from './source/hold/holds.ts';

/** How often a run that ends looks whether it is done. */
const DONE_LOOK_MS = 50;

/** `node log-shipper/main.ts --config FILE`: the file is a `LogShipperConfig` as JSON. With `--check`, only says what is wrong with it; FILE `-` is then standard input. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, check: { type: 'boolean' } }, strict: true });
  if (values.config === undefined) throw new Error('--config FILE is required');
  const config = parseShipperConfig(readFileSync(values.config === '-' ? 0 : values.config, 'utf8'));
  if (values.check) return;
  await startLean([holdThread]);
  const log = createLog('log-shipper', config.logLevel);
  const clock = new SystemClock();
  const ended = new AbortController();
  const outputs = config.outputs.map((output) => ({
    name: output.name,
    required: output.required ?? true,
    sink: createSink(output, {
      clusterName: config.clusterName,
      clock,
      log: log.child({ output: output.name }),
      random: Math.random,
      // Other outputs go on without it.
      outputEnded: (reason) => {
        if (config.outputs.length === 1) ended.abort(new Error(reason));
      },
    }),
  }));
  const shipper = new Shipper({ config, outputs, nodeName: process.env['NODE_NAME'], clock, log });
  const components: Component[] = [shipper];
  if (config.metricsPort !== undefined) {
    const host = config.metricsHost ?? '127.0.0.1';
    components.push(new MetricsServer(host, config.metricsPort, () => shipper.figures()));
  }
  const targets = config.outputs.map((output) => `${output.name}: ${'url' in output ? output.url : output.kind}`);
  const { sourcesDirs: sources, containersDirs: containers, recordsDirs: records } = config;
  log.info({ sources, containers, records, outputs: targets }, 'log shipper starts');
  if (config.once) endWhenDone(shipper, clock, ended);
  await runComponents(components, log, AbortSignal.any([terminationSignal(), ended.signal]));
  // A write that the reader of a pipe never takes would keep the process.
  process.exit();
}

function endWhenDone(shipper: Shipper, clock: Clock, ended: AbortController): void {
  clock.after(DONE_LOOK_MS, () => {
    if (shipper.isDone) ended.abort(new Error('everything is shipped'));
    else endWhenDone(shipper, clock, ended);
  });
}

main().catch((error: unknown) => {
  console.error(`log-shipper: ${messageOf(error)}`);
  process.exitCode = 1;
});
