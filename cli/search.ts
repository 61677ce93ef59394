import type { LogQuery } from '../lib/log-query.ts';
import { VigilError } from '../lib/errors.ts';
import { connect } from './api/connect.ts';
import { allNamespacesOption, clusterOptions, namespaceOf, outputOption } from './common-options.ts';
import type { Verb } from './command.ts';
import { searchLogs } from './logs/store-lines.ts';
import { columnsOf, print, printStructured } from './output/print.ts';
import { table } from './output/table.ts';

const datasets = ['containers', 'probes', 'terminations', 'events', 'decisions'] as const;
/** Width of the widest bar of a histogram. */
const BAR_WIDTH = 40;

export const search: Verb = {
  summary: 'search stored logs, probe results, terminations, events and decisions',
  usage: "['QUERY' in Lucene syntax] [--dataset probes] [--since 1h] [--histogram 1m] [-A]",
  options: {
    ...clusterOptions,
    ...allNamespacesOption,
    ...outputOption,
    dataset: { type: 'string', help: `DATASET ${datasets.join(', ')}` },
    since: { type: 'string', help: 'TIME or duration before now' },
    until: { type: 'string', help: 'TIME or duration before now' },
    level: { type: 'string', help: 'LEVEL of the lines' },
    size: { type: 'string', help: 'NUMBER of lines, 50 unless said' },
    histogram: { type: 'string', help: 'INTERVAL to count by, e.g. 1m, instead of lines' },
  },
  async run(args, context) {
    const dataset = args.string('dataset');
    const known = datasets.find((name) => name === dataset);
    if (dataset !== undefined && known === undefined)
      throw new VigilError('USAGE', 'invalid', `--dataset ${dataset}: choose ${datasets.join(', ')}`);
    const histogram = args.string('histogram');
    const query: LogQuery = {
      query: args.positionals.join(' ') || undefined,
      dataset: known,
      since: args.string('since'),
      until: args.string('until'),
      level: args.string('level'),
      size: histogram === undefined ? Number(args.string('size') ?? 50) : 0,
      order: 'newest',
      histogramInterval: histogram,
    };
    const api = await connect(args, context);
    const result = await searchLogs(api, namespaceOf(args, api.namespace), query);
    if (printStructured(args, context, result)) return 0;
    if (result.histogram) {
      const most = Math.max(1, ...result.histogram.map((bar) => bar.count));
      const rows = result.histogram.map((bar) => [
        bar.time,
        String(bar.count),
        '▇'.repeat(Math.ceil((bar.count / most) * BAR_WIDTH)),
      ]);
      print(context, table(['TIME', 'LINES', ''], rows, columnsOf(context)));
      return 0;
    }
    const rows = result.hits
      .toReversed()
      .map((hit) => [hit.time, `${hit.namespace}/${hit.pod}`, hit.level ?? '', hit.message]);
    print(context, table(['TIME', 'POD', 'LEVEL', 'MESSAGE'], rows));
    context.stderr.write(`${result.hits.length} of ${result.total.exact ? '' : 'more than '}${result.total.value}\n`);
    return result.hits.length === 0 ? 1 : 0;
  },
};
