import { SystemClock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import { dockerLabels } from '../../lib/names.ts';
import type { Verb } from '../command.ts';
import { vigilHome } from './cluster-home.ts';
import { chosenCluster, nameOption } from './cluster-options.ts';
import type { ClusterRecord, NodeRecord } from './cluster-record.ts';
import { connectDocker } from './engine.ts';
import { dockerHostOfNode } from './node-engines.ts';
import { agentPlan, agentProcess, launchEnvironment } from './process-plans.ts';
import { Processes } from './processes.ts';
import { repositoryRoot } from './repository.ts';

/** `kctl node stop|start|kill NAME`: what may happen to a machine, on purpose. */
export const node: Verb = {
  usage: 'stop|start|kill NODE   [--name NAME]',
  summary: 'Stop a node (its agent ends in order), kill it (agent and containers die at once), or start it again.',
  options: nameOption,
  async run(args, context) {
    const { home, record } = chosenCluster(args, context);
    const [action, name] = args.positionals;
    const found = record.nodes.find((one) => one.name === name);
    if (!found) {
      const names = record.nodes.map((one) => one.name).join(', ');
      throw new VigilError(
        'USAGE',
        'invalid',
        `node "${name ?? ''}": cluster "${record.name}" has ${names || 'no nodes'}`,
      );
    }
    const processes = new Processes(home, repositoryRoot, new SystemClock());
    switch (action) {
      case 'stop':
        await processes.stop(agentProcess(found.name));
        console.log(`${found.name} stopped`);
        return 0;
      case 'start': {
        const launch = {
          root: repositoryRoot,
          node: process.execPath,
          env: launchEnvironment(context.env, vigilHome(context.env)),
        };
        processes.start(agentPlan(launch, home, record, found));
        console.log(`${found.name} started`);
        return 0;
      }
      case 'kill':
        await kill(processes, record, found);
        console.log(`${found.name} killed`);
        return 0;
      default:
        throw new VigilError('USAGE', 'invalid', `"${action ?? ''}": expected stop, start or kill`);
    }
  },
};

/** The agent first: it would otherwise report how its containers died. */
async function kill(processes: Processes, record: ClusterRecord, found: NodeRecord): Promise<void> {
  await processes.stop(agentProcess(found.name), { kill: true });
  const docker = await connectDocker(dockerHostOfNode(record, found));
  const label = [`${dockerLabels.cluster}=${record.name}`, `${dockerLabels.node}=${found.name}`];
  const containers = await docker.listContainers({ filters: { label } });
  await Promise.all(
    containers.map((container) =>
      docker
        .getContainer(container.Id)
        .kill({ signal: 'SIGKILL' })
        .catch(() => undefined),
    ),
  );
}
