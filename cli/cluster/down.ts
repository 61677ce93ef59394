import { existsSync } from 'node:fs';
import { SystemClock } from '../../lib/clock.ts';
import type { Verb } from '../command.ts';
import { clusterHome, vigilHome } from './cluster-home.ts';
import { chosenName, nameOption } from './cluster-options.ts';
import { listRecords, readRecord } from './cluster-record.ts';
import { downCluster } from './down-cluster.ts';
import { repositoryRoot } from './repository.ts';

/** `kctl down`: removes a cluster, or all of them, with everything they made. */
export const down: Verb = {
  usage: '[--name NAME | --all]',
  summary: 'Remove a cluster: its processes, containers, network, rules and files.',
  options: { ...nameOption, all: { type: 'boolean', help: 'every cluster of this VIGIL_HOME' } },
  async run(args, context) {
    const clock = new SystemClock();
    const root = vigilHome(context.env);
    const names = args.flag('all')
      ? listRecords(root).map((record) => record.name)
      : [args.positionals[0] ?? chosenName(args, context)];
    if (names.length === 0) console.log(`no cluster in ${root}`);
    let failed = false;
    for (const name of names) {
      const home = clusterHome(root, name);
      if (!existsSync(home.root)) {
        console.log(`cluster ${name} is not there`);
        continue;
      }
      const problems = await downCluster(home, readRecord(home), {
        root: repositoryRoot,
        clock,
        signal: context.signal,
      });
      for (const problem of problems) console.error(`kctl down: ${problem}`);
      if (problems.length === 0) console.log(`cluster ${name} removed`);
      else failed = true;
    }
    return failed ? 1 : 0;
  },
};
