import { SystemClock } from '../../lib/clock.ts';
import type { Verb } from '../command.ts';
import { clusterHome, vigilHome } from './cluster-home.ts';
import { listRecords } from './cluster-record.ts';
import { apiServerURL } from './process-configs.ts';
import { controlPlaneProcess } from './process-plans.ts';
import { Processes } from './processes.ts';
import { repositoryRoot } from './repository.ts';
import { table } from '../output/table.ts';

/** `kctl clusters`: what there is. */
export const clusters: Verb = {
  usage: '[-o json]',
  summary: 'List the clusters of this VIGIL_HOME.',
  options: { output: { type: 'string', short: 'o', help: 'FORMAT: json' } },
  async run(args, context) {
    const root = vigilHome(context.env);
    const records = listRecords(root);
    if (args.string('output') === 'json') {
      console.log(JSON.stringify(records, null, 2));
      return 0;
    }
    const clock = new SystemClock();
    const rows = records.map((record) => {
      const runs =
        new Processes(clusterHome(root, record.name), repositoryRoot, clock).pid(controlPlaneProcess) !== undefined;
      return [
        record.name,
        runs ? 'running' : 'stopped',
        String(record.nodes.length),
        apiServerURL(record),
        record.podSubnet,
        record.isolated ? 'yes' : 'no',
      ];
    });
    console.log(table(['NAME', 'STATE', 'NODES', 'SERVER', 'PODS', 'ISOLATED'], rows));
    return 0;
  },
};
