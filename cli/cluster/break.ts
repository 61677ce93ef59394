import { SystemClock } from '../../lib/clock.ts';
import { VigilError } from '../../lib/errors.ts';
import type { HttpKubeClient } from '../../lib/kube/http-client.ts';
import { pods } from '../../lib/kube/resources.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { KctlContext, OptionSpec, ParsedArguments, Verb } from '../command.ts';
import { adminClient } from './api-client.ts';
import { chosenCluster, nameOption } from './cluster-options.ts';
import { demoWorkloads } from './demo-objects.ts';

const HEALTH_PORT = 81;
const faults = ['readiness', 'liveness', 'crash', 'leak', 'cpu'] as const;

const target: Readonly<Record<string, OptionSpec>> = {
  ...nameOption,
  namespace: { type: 'string', short: 'n', help: 'NAMESPACE of the demo (default: default)' },
  all: { type: 'boolean', help: 'every pod of the workload instead of one' },
  pod: { type: 'string', help: 'POD to break or repair' },
};

/** `kctl break hello --liveness`: asks pods of the demo, through the API server, to misbehave. */
export const breakDemo: Verb = {
  usage: `${demoWorkloads.join('|')} ${faults.map((fault) => `--${fault}`).join('|')} [--all | --pod POD]`,
  summary: 'Break one pod of a workload of the demo (or all of them).',
  options: {
    ...target,
    readiness: { type: 'boolean', help: 'the readiness probe is answered with 503' },
    liveness: { type: 'boolean', help: 'the liveness probe is answered with 500' },
    crash: { type: 'boolean', help: 'the process ends with code 1' },
    leak: { type: 'boolean', help: 'memory is taken until the limit is reached' },
    cpu: { type: 'boolean', help: 'the processor is kept busy' },
  },
  async run(args, context) {
    const chosen = faults.filter((fault) => args.flag(fault));
    if (chosen.length === 0) {
      throw new VigilError('USAGE', 'invalid', `say what to break: ${faults.map((fault) => `--${fault}`).join(', ')}`);
    }
    return await tellPods(
      args,
      context,
      chosen.map((fault) => `break/${fault}`),
      args.flag('all'),
    );
  },
};

/** `kctl repair hello`: undoes every break, in every pod of the workload. */
export const repairDemo: Verb = {
  usage: `${demoWorkloads.join('|')} [--pod POD]`,
  summary: 'Undo what kctl break did, in all pods of a workload.',
  options: target,
  run: (args, context) => tellPods(args, context, ['repair'], true),
};

async function tellPods(
  args: ParsedArguments,
  context: KctlContext,
  paths: readonly string[],
  all: boolean,
): Promise<number> {
  const { home, record } = chosenCluster(args, context);
  const workload = (args.positionals[0] ?? '').replace(/^deploy(?:ment)?\//, '');
  if (!/^[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?$/.test(workload)) {
    throw new VigilError('USAGE', 'invalid', `which workload? ${demoWorkloads.join(', ')}`);
  }
  const client = adminClient(home, record, new SystemClock());
  try {
    const namespace = args.string('namespace') ?? 'default';
    const { items } = await client.list(pods, { namespace, labelSelector: `app=${workload}` }, context.signal);
    const running = items.filter(
      (pod) => pod.status?.phase === 'Running' && pod.metadata?.deletionTimestamp === undefined,
    );
    const name = args.string('pod');
    const chosen =
      name === undefined ? running.slice(0, all ? undefined : 1) : running.filter((pod) => pod.metadata?.name === name);
    if (chosen.length === 0) {
      throw new VigilError(
        'NO_POD',
        'notFound',
        `no running pod ${name ?? `of "${workload}"`} in namespace ${namespace}: kubectl get pods shows which there are`,
      );
    }
    for (const pod of chosen) for (const path of paths) await tell(client, pod, path, context.signal);
    return 0;
  } finally {
    client.close();
  }
}

/** A POST to the health port of a pod, through the API server's proxy. */
async function tell(client: HttpKubeClient, pod: Pod, path: string, signal: AbortSignal): Promise<void> {
  const { namespace = 'default', name = '' } = pod.metadata ?? {};
  const answer = await client.stream({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods/${name}:${HEALTH_PORT}/proxy/${path}`,
    headers: { 'content-length': '0' },
    signal,
  });
  let text = '';
  for await (const chunk of answer.body) if (text.length < 1024) text += String(chunk);
  console.log(`${name}: ${text.trim()}`);
}
