import { VigilError } from '../lib/errors.ts';
import type { Timeline, TimelineEntry } from '../lib/health-api.ts';
import { apiGroups } from '../lib/names.ts';
import { connect } from './api/connect.ts';
import { clusterOptions, outputOption } from './common-options.ts';
import type { Verb } from './command.ts';
import { painter, type Tone } from './output/colour.ts';
import { columnsOf, print, printStructured } from './output/print.ts';
import { table } from './output/table.ts';
import { parseResourceArguments } from './resource-argument.ts';

const tones: Readonly<Record<TimelineEntry['level'], Tone>> = { info: 'plain', warn: 'warn', error: 'bad' };

export const timeline: Verb = {
  summary: 'what happened to a workload: rollouts, probes, restarts, decisions, alerts',
  usage: 'KIND/NAME [--since 15m] [-n NAMESPACE]',
  options: {
    ...clusterOptions,
    ...outputOption,
    since: { type: 'string', help: 'DURATION to look back, 15m unless said' },
  },
  async run(args, context) {
    const [target] = parseResourceArguments(args.positionals);
    const name = target?.names[0];
    if (!target || name === undefined) throw new VigilError('USAGE', 'invalid', 'name a workload, e.g. deploy/hello');
    const api = await connect(args, context);
    const query = new URLSearchParams({ kind: target.resource.kind, since: args.string('since') ?? '15m' });
    const namespace = encodeURIComponent(args.string('namespace') ?? api.namespace);
    const path = `/apis/${apiGroups.health}/v1/namespaces/${namespace}/workloads/${encodeURIComponent(name)}/timeline?${query}`;
    const answer = await api.json<Timeline>('GET', path);
    if (printStructured(args, context, answer)) return 0;
    const paint = painter(context.stdout, context.env, args.flag('no-color'));
    const rows = answer.entries.map((entry) => [
      entry.time.slice(11, 19),
      paint(tones[entry.level], entry.kind),
      entry.title,
      entry.detail.split('\n')[0] ?? '',
      entry.pod ?? entry.node ?? '',
    ]);
    print(context, table(['TIME', 'WHAT', '', 'DETAIL', 'WHERE'], rows, columnsOf(context)));
    return 0;
  },
};
