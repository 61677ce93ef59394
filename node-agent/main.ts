import { runComponents, terminationSignal } from '../lib/component.ts';
import { startLean } from '../lib/lean-start.ts';
import { createLog } from '../lib/log.ts';
import { buildAgent } from './agent.ts';
import { readConfig } from './config.ts';

await startLean();

const at = process.argv.indexOf('--config');
const path = at < 0 ? undefined : process.argv[at + 1];
if (path === undefined) {
  console.error('usage: node-agent/main.ts --config FILE');
  process.exit(2);
}

const config = await readConfig(path);
const log = createLog(`node-agent ${config.nodeName}`, config.logLevel);
const signal = terminationSignal();
try {
  const components = await buildAgent(config, log, signal);
  log.info({ node: config.nodeName, nodeIP: config.nodeIP, port: config.port }, 'node agent starts');
  await runComponents(components, log, signal);
  process.exit(0);
} catch (error) {
  log.fatal({ err: error }, 'node agent ended');
  process.exit(1);
}
