import { stringify } from 'yaml';
import { SystemClock } from '../lib/clock.ts';
import { parseDurationMs } from '../lib/duration.ts';
import { compileQuery } from '../lib/log-query/compile-query.ts';
import { levelsOf } from '../lib/log-query/level-choice.ts';
import { patternSource } from '../lib/log-query/pattern-source.ts';
import { parsePattern } from '../lib/log-query/pattern.ts';
import { fieldAliases } from '../lib/log-query/query-fields.ts';
import { logDatasets, logQueryLimits, type LogHit, type LogQuery, type LogResult } from '../lib/log-query.ts';
import type { Api } from './api/api.ts';
import { connect } from './api/connect.ts';
import { allNamespacesOption, clusterOptions, namespaceOf } from './common-options.ts';
import type { KctlContext, ParsedArguments, Verb } from './command.ts';
import { formatHit, hitOutputs, type HitOutput } from './logs/format-hit.ts';
import { renderHistogram, stepFor } from './logs/histogram.ts';
import { lineOptions, streamOf, timeRangeOf, usage, wholeNumberOf } from './logs/log-options.ts';
import { searchLogs, storeHits } from './logs/store-lines.ts';
import { painter } from './output/colour.ts';
import { columnsOf, print, printPaced } from './output/print.ts';
import { table } from './output/table.ts';

const DEFAULT_SIZE = 50;
/** Values shown of each field, and characters of each. */
const SHOWN_EXAMPLES = 3;
const EXAMPLE_WIDTH = 32;
/** Intervals of a histogram whose span is not said. */
const DEFAULT_INTERVAL = '1m';
const outputs = [...hitOutputs, 'json', 'yaml'] as const;

export const search: Verb = {
  summary: 'search stored logs, probe results, terminations, events and decisions',
  usage:
    "['QUERY'] [--dataset probes] [--since 1h] [--top level] [--group-by pod,level] [--fields] [--histogram] [--all] [-A]",
  options: {
    ...clusterOptions,
    ...allNamespacesOption,
    dataset: { type: 'string', help: `DATASET ${logDatasets.join(', ')}` },
    selector: { type: 'string', short: 'l', help: 'SELECTOR of pod labels' },
    ...lineOptions,
    size: { type: 'string', help: `NUMBER of newest lines, ${DEFAULT_SIZE} unless said` },
    all: { type: 'boolean', help: 'every line, oldest first, printed as they are found' },
    top: { type: 'string', multiple: true, help: 'FIELD[=N] whose most frequent values are counted' },
    'group-by': {
      type: 'string',
      help: `FIELDS, at most ${logQueryLimits.groupBy} with commas between, to count by together`,
    },
    fields: { type: 'boolean', help: 'which fields the newest lines have, and their values' },
    output: { type: 'string', short: 'o', help: `FORMAT ${outputs.join(', ')}` },
  },
  examples: [
    ["kctl search 'level:>=warn AND (timeout OR refused)' --since 1h -A", 'words of the message, and fields'],
    ["kctl search 'workload:deploy/hello AND NOT label.tier:web' --histogram", 'how many, when'],
    [
      "kctl search '/took [0-9]{4,} ?ms/' --top pod --top node=3",
      'a regular expression over messages, and who says it',
    ],
    ["kctl search --dataset terminations 'reason:OOMKilled' --group-by ns,workload -A", 'counts of each'],
    ["kctl search 'level:error' --all -o ndjson > errors.ndjson", 'any number of lines'],
    [
      `fields: ${Object.keys(fieldAliases).join(' ')} label.KEY, or a document's own`,
      'words: a b = both; OR; NOT; "a phrase"; pod:hello-*; restarts:>3; time:>=10m; word~1',
    ],
  ],
  async run(args, context) {
    const query = queryOf(args, new SystemClock().now());
    const output = outputs.find((one) => one === (args.string('output') ?? 'text'));
    if (output === undefined) throw usage(`-o ${args.string('output')}: choose ${outputs.join(', ')}`);
    const api = await connect(args, context);
    const namespace = namespaceOf(args, api.namespace);
    if (args.flag('all')) return await printAll(api, namespace, query, output, context);
    const result = await searchLogs(api, namespace, query);
    if (output === 'json') print(context, JSON.stringify(result, undefined, 2));
    else if (output === 'yaml') context.stdout.write(stringify(result));
    else printResult(result, query, output, args, context);
    return result.total.value === 0 ? 1 : 0;
  },
};

/** The query that the words mean; what is wrong with it is found here, before anything is sent. */
function queryOf(args: ParsedArguments, nowMs: number): LogQuery {
  const text = args.positionals.join(' ');
  compileQuery(text, nowMs);
  for (const name of ['grep', 'exclude'])
    for (const pattern of args.strings(name)) patternSource(`--${name}`, parsePattern(`--${name}`, pattern));
  const dataset = args.string('dataset');
  const known = logDatasets.find((name) => name === dataset);
  if (dataset !== undefined && known === undefined)
    throw usage(`--dataset ${dataset}: choose ${logDatasets.join(', ')}`);
  const range = timeRangeOf(args, nowMs);
  const level = args.string('level');
  if (level !== undefined) levelsOf(level);
  const top = args.strings('top').map(topOf);
  const groupBy = args.string('group-by')?.split(',');
  const counts = {
    ...(args.string('histogram') === undefined
      ? {}
      : { histogramInterval: intervalOf(args, range.since, range.until, nowMs) }),
    ...(top.length > 0 ? { top } : {}),
    ...(groupBy ? { groupBy } : {}),
    ...(args.flag('fields') ? { fields: true } : {}),
  };
  const isCount = Object.keys(counts).length > 0;
  if (isCount && args.flag('all'))
    throw usage('--all prints lines: it does not go with --top, --group-by, --fields or --histogram');
  if (args.flag('all') && args.string('size') !== undefined) throw usage('--all and --size: choose one');
  return {
    ...(text === '' ? {} : { query: text }),
    grep: args.strings('grep'),
    exclude: args.strings('exclude'),
    dataset: known,
    labelSelector: args.string('selector'),
    stream: streamOf(args),
    level,
    ...range,
    context: wholeNumberOf(args, 'context', 0, logQueryLimits.context),
    size: args.flag('all')
      ? undefined
      : (wholeNumberOf(args, 'size', 0, logQueryLimits.size) ?? (isCount ? 0 : DEFAULT_SIZE)),
    order: args.flag('all') ? 'oldest' : 'newest',
    ...counts,
  };
}

/** `pod`, `pod=20`. */
function topOf(text: string): { readonly field: string; readonly size: number } {
  const [, field = '', size = '10'] = /^([^=]+)(?:=(\d{1,4}))?$/.exec(text) ?? [];
  if (field === '' || Number(size) < 1 || Number(size) > logQueryLimits.topValues)
    throw usage(`--top ${text}: FIELD or FIELD=N with N from 1 to ${logQueryLimits.topValues} expected`);
  return { field, size: Number(size) };
}

function intervalOf(
  args: ParsedArguments,
  since: string | undefined,
  until: string | undefined,
  nowMs: number,
): string {
  const text = args.string('histogram') ?? 'auto';
  if (text !== 'auto') {
    if (!parseDurationMs(text)) throw usage(`--histogram ${text}: a duration such as 1m expected`);
    return text;
  }
  return since === undefined
    ? DEFAULT_INTERVAL
    : stepFor((until === undefined ? nowMs : Date.parse(until)) - Date.parse(since));
}

/** Streams lines as the store finds them: what is printed is not held. */
async function printAll(
  api: Api,
  namespace: string | undefined,
  query: LogQuery,
  output: (typeof outputs)[number],
  context: KctlContext,
): Promise<number> {
  if (output === 'json' || output === 'yaml') throw usage(`-o ${output} --all: choose ndjson, which needs no end`);
  if (output === 'csv') print(context, formatHit('header', output));
  let count = 0;
  const seen = new Set<string>();
  for await (const hits of storeHits(api, namespace, query, context.signal)) {
    // Neighbours of two lines may be the same.
    const fresh = query.context ? hits.filter((hit) => !seen.has(hit.id)) : hits;
    if (query.context) remember(seen, fresh);
    if (fresh.length > 0) await printPaced(context, fresh.map((hit) => formatHit(hit, output)).join('\n'));
    count += fresh.length;
  }
  context.stderr.write(`${count} lines\n`);
  return count === 0 ? 1 : 0;
}

/** Lines that may still come again stand near: only the newest are remembered. */
function remember(seen: Set<string>, hits: readonly LogHit[]): void {
  for (const hit of hits) seen.add(hit.id);
  for (const id of seen) {
    if (seen.size <= 100_000) break;
    seen.delete(id);
  }
}

function printResult(
  result: LogResult,
  query: LogQuery,
  output: HitOutput,
  args: ParsedArguments,
  context: KctlContext,
): void {
  const total = `${result.total.exact ? '' : 'more than '}${result.total.value}`;
  const width = columnsOf(context);
  if (result.histogram) {
    const intervalMs = parseDurationMs(query.histogramInterval ?? '') ?? 0;
    print(
      context,
      renderHistogram(result.histogram, intervalMs, painter(context.stdout, context.env, args.flag('no-color'))),
    );
  }
  for (const { field, values, other } of result.top ?? []) {
    const rows = values.map(({ value, count }) => [value, String(count)]);
    print(
      context,
      table([field.toUpperCase(), 'LINES'], other > 0 ? [...rows, ['(other)', String(other)]] : rows, width),
    );
  }
  if (result.groups) {
    const rows = result.groups.map(({ values, count, last }) => [...values, String(count), last]);
    print(context, table([...(query.groupBy ?? []).map((field) => field.toUpperCase()), 'LINES', 'LAST'], rows, width));
  }
  if (result.fields) {
    const { sampled, fields } = result.fields;
    const rows = fields.map(({ name, count, examples }) => [
      name,
      `${Math.round((count / Math.max(1, sampled)) * 100)} %`,
      examples.map(shortened).slice(0, SHOWN_EXAMPLES).join(' · '),
    ]);
    print(context, table(['FIELD', 'LINES', 'VALUES'], rows, width));
    context.stderr.write(`of the newest ${sampled} lines of ${total}\n`);
  }
  if (result.hits.length > 0) {
    if (output === 'csv') print(context, formatHit('header', output));
    print(
      context,
      result.hits
        .toReversed()
        .map((hit) => formatHit(hit, output))
        .join('\n'),
    );
  }
  const found = result.hits.filter((hit) => hit.isContext !== true).length;
  if (query.size !== 0)
    context.stderr.write(`${found} of ${total}${result.next === undefined ? '' : '; --all prints every line'}\n`);
  else if (!result.total.exact && query.grep?.length)
    context.stderr.write('counted until the time was up: a shorter --since counts all\n');
}

function shortened(text: string): string {
  return text.length > EXAMPLE_WIDTH ? `${text.slice(0, EXAMPLE_WIDTH - 1)}…` : text;
}
