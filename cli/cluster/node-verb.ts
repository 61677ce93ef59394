import { SystemClock, type Clock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import { dockerLabels } from '../../lib/names.ts';
import type { KctlContext, Verb } from '../command.ts';
import { vigilHome, type ClusterHome } from './cluster-home.ts';
import { chosenCluster, nameOption } from './cluster-options.ts';
import type { ClusterRecord, NodeRecord } from './cluster-record.ts';
import { connectDocker } from './engine.ts';
import { allImages } from './images/all-images.ts';
import { engineProcess, ensureIsolatedNodes, unplug } from './isolated/isolated-nodes.ts';
import { killIsolatedNode } from './isolated/kill-node.ts';
import { agentPlan, agentProcess, launchEnvironment, shipperPlans, shipperProcess } from './process-plans.ts';
import { Processes } from './processes.ts';
import { repositoryRoot } from './repository.ts';

interface NodeDeps {
  readonly home: ClusterHome;
  readonly record: ClusterRecord;
  readonly node: NodeRecord;
  readonly processes: Processes;
  readonly context: KctlContext;
  readonly clock: Clock;
}

const actions: ReadonlyMap<string, { readonly done: string; readonly run: (deps: NodeDeps) => Promise<void> }> =
  new Map([
    ['stop', { done: 'stopped', run: stop }],
    ['start', { done: 'started', run: start }],
    ['kill', { done: 'killed', run: kill }],
    ['cut', { done: 'cut off', run: cut }],
  ]);

/** `kctl node stop|start|kill|cut NODE`: what may happen to a machine, on purpose. */
export const node: Verb = {
  usage: 'stop|start|kill|cut NODE   [--name NAME]',
  summary:
    'Stop a node (its agent ends in order), kill it (agent and containers die at once), cut it off the network (isolated clusters), or start it again.',
  options: nameOption,
  async run(args, context) {
    const { home, record } = chosenCluster(args, context);
    const [what = '', name = ''] = args.positionals;
    const action = actions.get(what);
    if (!action) throw new VigilError('USAGE', 'invalid', `"${what}": expected ${[...actions.keys()].join(', ')}`);
    const found = record.nodes.find((one) => one.name === name);
    if (!found) {
      const names = record.nodes.map((one) => one.name).join(', ');
      throw new VigilError('USAGE', 'invalid', `node "${name}": cluster "${record.name}" has ${names || 'no nodes'}`);
    }
    const clock = new SystemClock();
    await action.run({
      home,
      record,
      node: found,
      processes: new Processes(home, repositoryRoot, clock),
      context,
      clock,
    });
    console.log(`${found.name} ${action.done}`);
    return 0;
  },
};

/** In an isolated cluster the whole machine is shut down. */
async function stop({ record, node: { name }, processes }: NodeDeps): Promise<void> {
  await processes.stop(agentProcess(name));
  if (!record.isolated) return;
  await processes.stop(shipperProcess(name));
  await processes.stop(engineProcess(name));
}

async function start(deps: NodeDeps): Promise<void> {
  const { home, record, processes, context, clock } = deps;
  const root = vigilHome(context.env);
  const launch = { root: repositoryRoot, node: process.execPath, env: launchEnvironment(context.env, root) };
  if (record.isolated) {
    const only = { ...record, nodes: [deps.node] };
    const isolatedDeps = { vigilHome: root, home, launch, clock, signal: context.signal };
    await ensureIsolatedNodes(only, allImages(repositoryRoot), processes, isolatedDeps);
    const shipper = shipperPlans(launch, home, record).find((plan) => plan.name === shipperProcess(deps.node.name));
    if (shipper) processes.start(shipper);
  }
  processes.start(agentPlan(launch, home, record, deps.node));
}

/** The agent first: it would otherwise report how its containers died. */
async function kill({ record, node: found, processes }: NodeDeps): Promise<void> {
  if (record.isolated) {
    await killIsolatedNode(record, found, processes);
    return;
  }
  await processes.stop(agentProcess(found.name), { kill: true });
  const docker = await connectDocker(record.dockerHost);
  const label = [`${dockerLabels.cluster}=${record.name}`, `${dockerLabels.node}=${found.name}`];
  const containers = await docker.listContainers({ filters: { label } });
  // One that ended in the meantime is as dead as it should be.
  await Promise.allSettled(containers.map((one) => docker.getContainer(one.Id).kill({ signal: 'SIGKILL' })));
}

async function cut({ record, node: found }: NodeDeps): Promise<void> {
  if (!record.isolated) {
    throw new VigilError(
      'NOT_ISOLATED',
      'invalid',
      `nodes of "${record.name}" share one network and cannot be cut off: make a cluster with --isolated`,
    );
  }
  await unplug(record, found);
}
