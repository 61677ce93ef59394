import { formatDuration } from '../lib/duration.ts';
import { events as eventResource } from '../lib/kube/resources.ts';
import type { CoreEvent } from '../lib/kube/types.ts';
import { connect } from './api/connect.ts';
import { allNamespacesOption, clusterOptions, namespaceOf, outputOption } from './common-options.ts';
import type { KctlContext, Verb } from './command.ts';
import { painter, type Paint } from './output/colour.ts';
import { columnsOf, print, printStructured } from './output/print.ts';
import { table } from './output/table.ts';

export const events: Verb = {
  summary: 'what was reported about objects, oldest first',
  usage: '[--for KIND/NAME] [--types Warning] [-w] [-A]',
  options: {
    ...clusterOptions,
    ...allNamespacesOption,
    ...outputOption,
    for: { type: 'string', help: 'KIND/NAME whose events are wanted' },
    types: { type: 'string', help: 'TYPE Normal or Warning only' },
    watch: { type: 'boolean', short: 'w', help: 'go on with each new event' },
  },
  async run(args, context) {
    const api = await connect(args, context);
    const namespace = namespaceOf(args, api.namespace);
    const paint = painter(context.stdout, context.env, args.flag('no-color'));
    const wanted = filterOf(args.string('for'), args.string('types'));
    const list = await api.client.list(eventResource, { namespace }, context.signal);
    const items = list.items.filter(wanted).sort((a, b) => lastSeenMs(a) - lastSeenMs(b));
    if (printStructured(args, context, { ...list, items })) return 0;
    const everywhere = namespace === undefined;
    if (items.length > 0 || args.flag('watch')) {
      const header = [...(everywhere ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
      print(
        context,
        table(
          header,
          items.map((event) => rowOf(event, everywhere, paint)),
          columnsOf(context),
        ),
      );
    } else {
      print(context, 'no events');
    }
    if (args.flag('watch')) await follow(list.metadata.resourceVersion);
    return 0;

    async function follow(resourceVersion: string): Promise<void> {
      for await (const change of api.client.watch(eventResource, { namespace, resourceVersion }, context.signal)) {
        if (change.type !== 'ADDED' && change.type !== 'MODIFIED') continue;
        if (wanted(change.object)) printRow(context, rowOf(change.object, everywhere, paint));
      }
    }
  },
};

function printRow(context: KctlContext, row: readonly string[]): void {
  print(context, row.join('   '));
}

function filterOf(subject: string | undefined, type: string | undefined): (event: CoreEvent) => boolean {
  const [kind, name] = subject?.split('/') ?? [];
  return (event) =>
    (type === undefined || event.type === type) &&
    (name === undefined ||
      (event.involvedObject.name === name &&
        event.involvedObject.kind?.toLowerCase().startsWith((kind ?? '').toLowerCase()) === true));
}

function lastSeenMs(event: CoreEvent): number {
  return (
    Date.parse(
      event.series?.lastObservedTime ??
        event.lastTimestamp ??
        event.eventTime ??
        event.metadata.creationTimestamp ??
        '',
    ) || 0
  );
}

function rowOf(event: CoreEvent, everywhere: boolean, paint: Paint): string[] {
  const count = event.series?.count ?? event.count ?? 1;
  const seen = formatDuration(Date.now() - lastSeenMs(event));
  return [
    ...(everywhere ? [event.metadata.namespace ?? ''] : []),
    count > 1 ? `${seen} (x${count})` : seen,
    paint(event.type === 'Warning' ? 'warn' : 'plain', event.type ?? ''),
    event.reason ?? '',
    `${event.involvedObject.kind?.toLowerCase() ?? ''}/${event.involvedObject.name ?? ''}`,
    (event.message ?? '').split('\n')[0] ?? '',
  ];
}
