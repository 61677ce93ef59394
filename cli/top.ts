import { VigilError } from '../lib/errors.ts';
import { milliValue, wholeValue } from '../lib/kube/quantity.ts';
import { nodes as nodeResource } from '../lib/kube/resources.ts';
import { connect } from './api/connect.ts';
import { allNamespacesOption, clusterOptions, namespaceOf, outputOption } from './common-options.ts';
import type { Api } from './api/api.ts';
import type { KctlContext, ParsedArguments, Verb } from './command.ts';
import { columnsOf, print, printStructured } from './output/print.ts';
import { table } from './output/table.ts';

interface Usage {
  readonly cpu: string;
  readonly memory: string;
}

interface NodeMetrics {
  readonly metadata: { readonly name: string };
  readonly usage: Usage;
}

interface PodMetrics {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly containers: readonly { readonly name: string; readonly usage: Usage }[];
}

const base = '/apis/metrics.k8s.io/v1beta1';
const MIB = 1024 * 1024;

export const top: Verb = {
  summary: 'CPU and memory in use, by node or pod',
  usage: 'nodes | pods [-A] [-l SELECTOR] [--containers]',
  options: {
    ...clusterOptions,
    ...allNamespacesOption,
    ...outputOption,
    selector: { type: 'string', short: 'l', help: 'SELECTOR of labels' },
    containers: { type: 'boolean', help: 'each container of a pod on a line' },
  },
  async run(args, context) {
    const [what] = args.positionals;
    const api = await connect(args, context);
    if (what === 'node' || what === 'nodes' || what === 'no') return topNodes(api, args, context);
    if (what === 'pod' || what === 'pods' || what === 'po') return topPods(api, args, context);
    throw new VigilError('USAGE', 'invalid', 'say nodes or pods');
  },
};

function labelQuery(args: ParsedArguments): string {
  const selector = args.string('selector');
  return selector === undefined ? '' : `?labelSelector=${encodeURIComponent(selector)}`;
}

async function topNodes(api: Api, args: ParsedArguments, context: KctlContext): Promise<number> {
  const [metrics, nodes] = await Promise.all([
    api.json<{ items: NodeMetrics[] }>('GET', `${base}/nodes${labelQuery(args)}`),
    api.client.list(nodeResource, {}, context.signal),
  ]);
  if (printStructured(args, context, metrics)) return 0;
  const allocatable = new Map(nodes.items.map((node) => [node.metadata?.name ?? '', node.status?.allocatable ?? {}]));
  const rows = metrics.items.map((item) => {
    const of = allocatable.get(item.metadata.name) ?? {};
    return [
      item.metadata.name,
      cores(item.usage.cpu),
      share(milliValue(item.usage.cpu), of['cpu'] === undefined ? 0 : milliValue(of['cpu'])),
      mebibytes(wholeValue(item.usage.memory)),
      share(wholeValue(item.usage.memory), of['memory'] === undefined ? 0 : wholeValue(of['memory'])),
    ];
  });
  print(context, table(['NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)'], rows, columnsOf(context)));
  return 0;
}

async function topPods(api: Api, args: ParsedArguments, context: KctlContext): Promise<number> {
  const namespace = namespaceOf(args, api.namespace);
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const metrics = await api.json<{ items: PodMetrics[] }>('GET', `${base}${scope}/pods${labelQuery(args)}`);
  if (printStructured(args, context, metrics)) return 0;
  const everywhere = namespace === undefined;
  const split = args.flag('containers');
  const rows = metrics.items.flatMap((pod) => {
    const name = [...(everywhere ? [pod.metadata.namespace] : []), pod.metadata.name];
    if (split)
      return pod.containers.map(({ name: container, usage }) => [
        ...name,
        container,
        cores(usage.cpu),
        mebibytes(wholeValue(usage.memory)),
      ]);
    const milli = pod.containers.reduce((sum, { usage }) => sum + milliValue(usage.cpu), 0);
    const bytes = pod.containers.reduce((sum, { usage }) => sum + wholeValue(usage.memory), 0);
    return [[...name, `${milli}m`, mebibytes(bytes)]];
  });
  const header = [
    ...(everywhere ? ['NAMESPACE'] : []),
    'NAME',
    ...(split ? ['CONTAINER'] : []),
    'CPU(cores)',
    'MEMORY(bytes)',
  ];
  print(context, table(header, rows, columnsOf(context)));
  return 0;
}

function cores(cpu: string): string {
  return `${milliValue(cpu)}m`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MIB)}Mi`;
}

function share(used: number, of: number): string {
  return of > 0 ? `${Math.round((used / of) * 100)}%` : '–';
}
