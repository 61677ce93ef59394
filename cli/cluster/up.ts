import { SystemClock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import type { KctlContext, ParsedArguments, Verb } from '../command.ts';
import { MAX_NODES } from './addresses.ts';
import { authenticationOption, authenticationOptions } from './authentication-option.ts';
import { clusterHome, vigilHome } from './cluster-home.ts';
import { defaultClusterName, integerOption, nameOption } from './cluster-options.ts';
import type { Wanted } from './cluster-plan.ts';
import type { ClusterRecord } from './cluster-record.ts';
import { dockerHostOf } from './engine.ts';
import { logOutputsOption, logOutputsOptions } from './log-outputs-option.ts';
import { logStoreOption, logStoreOptions } from './log-store-option.ts';
import { launchEnvironment } from './process-plans.ts';
import { apiServerURL } from './process-configs.ts';
import { Progress } from './progress.ts';
import { repositoryRoot } from './repository.ts';
import { upCluster } from './up-cluster.ts';

/** `kctl up`: makes a cluster, or starts what is missing of one that exists. */
export const up: Verb = {
  usage:
    '[--name NAME] [--nodes N] [--isolated] [--demo] [--port PORT] [--profile vigil|kubernetes] [--log-store embedded|elasticsearch|opensearch|URL|none] [--log-outputs FILE] [--authentication-config FILE]',
  summary: 'Make a cluster and start it; run again, start what is missing.',
  options: {
    ...nameOption,
    nodes: { type: 'string', help: `N virtual nodes (default 3; 0 = control plane only, at most ${MAX_NODES})` },
    isolated: { type: 'boolean', help: 'an engine and a network namespace for each node' },
    demo: {
      type: 'boolean',
      help: 'with the demo application (--no-demo: without; default: with it for the cluster "demo")',
    },
    port: { type: 'string', help: 'PORT of the API server on 127.0.0.1 (default: the next free one from 6443)' },
    profile: { type: 'string', help: "PROFILE of timings: vigil (fast, default) or kubernetes (upstream's)" },
    ...logStoreOptions,
    ...logOutputsOptions,
    ...authenticationOptions,
  },
  async run(args, context) {
    const clock = new SystemClock();
    const progress = new Progress(context.stdout, () => clock.monotonicMs());
    const wanted = wantedOf(args, context);
    const root = vigilHome(context.env);
    const home = clusterHome(root, wanted.name);
    const record = await upCluster(wanted, {
      vigilHome: root,
      home,
      launch: { root: repositoryRoot, node: process.execPath, env: launchEnvironment(context.env, root) },
      dockerHost: dockerHostOf(context.env, root),
      clock,
      progress,
      signal: context.signal,
    });
    for (const line of summaryOf(record, home.kubeconfig, progress.elapsedMs)) progress.line(line);
    return 0;
  },
};

function wantedOf(args: ParsedArguments, context: KctlContext): Wanted {
  const name = args.string('name') ?? args.positionals[0] ?? (context.env['VIGIL_CLUSTER'] || defaultClusterName);
  const profile = args.string('profile');
  if (profile !== undefined && profile !== 'vigil' && profile !== 'kubernetes') {
    throw new VigilError('USAGE', 'invalid', `--profile "${profile}": expected vigil or kubernetes`);
  }
  return {
    name,
    nodes: args.has('nodes') ? integerOption(args, 'nodes', 0, 0, MAX_NODES) : undefined,
    isolated: args.has('isolated') ? args.flag('isolated') : undefined,
    demo: args.has('demo') ? args.flag('demo') : name === defaultClusterName ? true : undefined,
    port: args.has('port') ? integerOption(args, 'port', 0, 1, 65_535) : undefined,
    profile,
    logStore: logStoreOption(args, context.cwd),
    authenticationConfig: authenticationOption(args, context.cwd),
    logOutputs: logOutputsOption(args, context.cwd, { root: repositoryRoot, node: process.execPath }),
  };
}

/** What `kctl up` says at the end. */
export function summaryOf(record: ClusterRecord, kubeconfig: string, elapsedMs: number): readonly string[] {
  const nodes = record.nodes.length === 1 ? '1 node' : `${record.nodes.length} nodes`;
  const name = record.name === defaultClusterName ? '' : ` --name ${record.name}`;
  const tries = record.demo
    ? [`./kctl logs -f deploy/hello${name}`, `./kctl health${name}`, `./kctl break hello --liveness${name}`]
    : [
        'kubectl get nodes',
        `./kctl health${name}`,
        'kubectl create deployment web --image=vigil/busybox:dev -- httpd -f',
      ];
  return [
    `cluster ${record.name} · ${nodes} · ${(elapsedMs / 1000).toFixed(0)} s`,
    `  kubeconfig  export KUBECONFIG=${kubeconfig}`,
    `  console     ${apiServerURL(record)}/console    sign in with  ./kctl token${name}`,
    `  try         ${tries.join('      ')}`,
  ];
}
