import { SystemClock } from '../../lib/clock.ts';
import type { Verb } from '../command.ts';
import { table } from '../output/table.ts';
import { chosenCluster, nameOption } from './cluster-options.ts';
import { residentBytes } from './process-exists.ts';
import { agentProcess, controlPlaneProcess, shipperPlans } from './process-plans.ts';
import { Processes } from './processes.ts';
import { repositoryRoot } from './repository.ts';

const MIB = 1024 * 1024;

/** `kctl status`: the processes of a cluster, their ids and memory. */
export const status: Verb = {
  usage: '[--name NAME] [-o json]',
  summary: 'Show the processes of a cluster.',
  options: { ...nameOption, output: { type: 'string', short: 'o', help: 'FORMAT: json' } },
  async run(args, context) {
    const { home, record } = chosenCluster(args, context);
    const processes = new Processes(home, repositoryRoot, new SystemClock());
    const launch = { root: repositoryRoot, node: process.execPath, env: {} };
    const names = [
      controlPlaneProcess,
      ...record.nodes.map((node) => agentProcess(node.name)),
      ...shipperPlans(launch, home, record).map((plan) => plan.name),
    ];
    const found = names.map((name) => {
      const pid = processes.pid(name);
      const supervisor = processes.supervisorPid(name);
      const bytes = (pid ? residentBytes(pid) : 0) + (supervisor ? residentBytes(supervisor) : 0);
      return { name, state: pid ? 'running' : supervisor ? 'restarting' : 'stopped', pid, residentBytes: bytes };
    });
    if (args.string('output') === 'json') {
      console.log(JSON.stringify(found, null, 2));
    } else {
      const rows = found.map((one) => [
        one.name,
        one.state,
        String(one.pid ?? '-'),
        `${(one.residentBytes / MIB).toFixed(0)} MiB`,
      ]);
      const total = found.reduce((sum, one) => sum + one.residentBytes, 0);
      console.log(
        table(['PROCESS', 'STATE', 'PID', 'MEMORY'], [...rows, ['', '', '', `${(total / MIB).toFixed(0)} MiB`]]),
      );
    }
    return found.every((one) => one.state === 'running') ? 0 : 1;
  },
};
