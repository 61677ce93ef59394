import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vigilHome } from '../../../cli/cluster/cluster-home.ts';
import { launchEnvironment, shipperCommand } from '../../../cli/cluster/process-plans.ts';
import type { LogShipperConfig } from '../../../lib/config/log-shipper.ts';
import { BulkServer } from '../../support/logs/bulk-server.ts';
import type { Contender } from './contender.ts';

/** Vigil's shipper, started as `kctl up` starts it. */
export const vigil: Contender = {
  name: 'Vigil',
  how: 'default settings, full Kubernetes metadata, `create` with an id',
  runs: 3,
  newSink: () => new BulkServer({ remembers: false }),
  start(task) {
    const records = join(task.root, 'records');
    mkdirSync(records, { recursive: true });
    const config = join(task.root, 'shipper.json');
    const settings: LogShipperConfig = {
      clusterName: 'bench',
      sourcesDirs: [task.sources],
      recordsDirs: [records],
      stateDir: join(task.root, 'state'),
      outputs: [{ name: 'store', kind: 'elasticsearch', url: task.url }],
      logLevel: 'warn',
    };
    writeFileSync(config, JSON.stringify(settings));
    const launch = { root: join(import.meta.dirname, '../../..'), node: process.execPath };
    const [program = '', ...args] = shipperCommand(launch, config);
    const env = launchEnvironment(process.env, vigilHome(process.env));
    return spawn(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  },
};
