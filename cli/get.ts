import type { KubeList, KubeObject } from '../lib/kube/types.ts';
import { cellsOf, headerOf, tableAccept, type ServerTable } from './api/tables.ts';
import type { Api } from './api/api.ts';
import { resourcePath } from '../lib/kube/resource-path.ts';
import { connect } from './api/connect.ts';
import { allNamespacesOption, clusterOptions, namespaceOf } from './common-options.ts';
import type { KctlContext, ParsedArguments, Verb } from './command.ts';
import { columnsOf, print, printStructured } from './output/print.ts';
import { table } from './output/table.ts';
import { parseResourceArguments, type ResourceArgument } from './resource-argument.ts';

export const get: Verb = {
  summary: 'list objects',
  usage: 'KIND [NAME…] | KIND/NAME… [-o wide|yaml|json|name] [-l SELECTOR] [-A] [-w]',
  options: {
    ...clusterOptions,
    ...allNamespacesOption,
    output: { type: 'string', short: 'o', help: 'FORMAT wide, yaml, json or name' },
    selector: { type: 'string', short: 'l', help: 'SELECTOR of labels' },
    'field-selector': { type: 'string', help: 'SELECTOR of fields' },
    watch: { type: 'boolean', short: 'w', help: 'go on with each change' },
  },
  async run(args, context) {
    const targets = parseResourceArguments(args.positionals);
    const api = await connect(args, context);
    const output = args.string('output');
    if (output !== undefined && output !== 'wide') {
      const objects = (await Promise.all(targets.map((target) => objectsOf(api, target, args)))).flat();
      if (output === 'name') {
        for (const object of objects)
          print(context, `${(object.kind ?? '').toLowerCase()}/${object.metadata?.name ?? ''}`);
        return 0;
      }
      const single = targets.length === 1 && targets[0]?.names.length === 1 ? objects[0] : undefined;
      printStructured(args, context, single ?? { apiVersion: 'v1', kind: 'List', items: objects });
      return 0;
    }
    let found = 0;
    for (const target of targets)
      found += await printTable(api, target, args, context, targets.length > 1 && target.names.length === 0);
    if (found === 0 && !args.flag('watch')) context.stderr.write(`No resources found${where(args, api)}.\n`);
    return 0;
  },
};

function where(args: ParsedArguments, api: Api): string {
  const namespace = namespaceOf(args, api.namespace);
  return namespace === undefined ? '' : ` in ${namespace} namespace`;
}

function selection(args: ParsedArguments, name?: string): URLSearchParams {
  const query = new URLSearchParams();
  const [labels, fields] = [args.string('selector'), args.string('field-selector')];
  if (labels !== undefined) query.set('labelSelector', labels);
  if (fields !== undefined) query.set('fieldSelector', fields);
  if (name !== undefined) query.set('fieldSelector', `metadata.name=${name}`);
  return query;
}

async function objectsOf(api: Api, target: ResourceArgument, args: ParsedArguments): Promise<KubeObject[]> {
  const namespace = namespaceOf(args, api.namespace);
  if (target.names.length > 0) {
    return Promise.all(
      target.names.map((name) => api.json<KubeObject>('GET', resourcePath(target.resource, { namespace, name }))),
    );
  }
  const list = await api.json<KubeList>('GET', `${resourcePath(target.resource, { namespace })}?${selection(args)}`);
  return list.items.map((item) => ({ apiVersion: list.apiVersion, kind: target.resource.kind, ...item }));
}

/** Prints one kind; resolves with the number of objects. With `--watch` it goes on until interrupted. */
async function printTable(
  api: Api,
  target: ResourceArgument,
  args: ParsedArguments,
  context: KctlContext,
  prefix: boolean,
): Promise<number> {
  const namespace = namespaceOf(args, api.namespace);
  const wide = args.string('output') === 'wide';
  const paths =
    target.names.length > 0
      ? target.names.map((name) => resourcePath(target.resource, { namespace, name }))
      : [`${resourcePath(target.resource, { namespace })}?${selection(args)}`];
  const tables = await Promise.all(
    paths.map((path) =>
      api.json<ServerTable & { metadata?: { resourceVersion?: string } }>('GET', path, undefined, tableAccept),
    ),
  );
  const everywhere = namespace === undefined && target.resource.namespaced;
  const rowsOf = (answer: ServerTable) =>
    answer.rows.map((row) => {
      const cells = cellsOf(answer, row, wide);
      if (prefix) cells[0] = `${target.resource.singular}/${cells[0] ?? ''}`;
      return everywhere ? [row.object?.metadata?.namespace ?? '', ...cells] : cells;
    });
  const [first] = tables;
  const rows = tables.flatMap(rowsOf);
  if (first && (rows.length > 0 || args.flag('watch'))) {
    print(context, table([...(everywhere ? ['NAMESPACE'] : []), ...headerOf(first, wide)], rows, columnsOf(context)));
    if (prefix) print(context, '');
  }
  if (first && args.flag('watch')) {
    const query = selection(args, target.names[0]);
    query.set('watch', 'true');
    query.set('resourceVersion', first.metadata?.resourceVersion ?? '');
    await watchTable(
      api,
      `${resourcePath(target.resource, { namespace })}?${query}`,
      (answer) => {
        for (const row of rowsOf(answer)) print(context, row.join('   '));
      },
      context.signal,
    );
  }
  return rows.length;
}

async function watchTable(
  api: Api,
  path: string,
  show: (answer: ServerTable) => void,
  signal: AbortSignal,
): Promise<void> {
  let columns: ServerTable['columnDefinitions'] = [];
  for await (const event of api.lines<{ type: string; object: ServerTable }>(path, signal, tableAccept)) {
    if (event.object.kind !== 'Table') continue;
    if (event.object.columnDefinitions?.length > 0) columns = event.object.columnDefinitions;
    if (event.type !== 'BOOKMARK') show({ ...event.object, columnDefinitions: columns });
  }
}
