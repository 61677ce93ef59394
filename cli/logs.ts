import { SystemClock } from '../lib/clock.ts';
import { parseDurationMs } from '../lib/duration.ts';
import { levelsOf } from '../lib/log-query/level-choice.ts';
import { logQueryLimits } from '../lib/log-query.ts';
import { connect } from './api/connect.ts';
import { allNamespacesOption, clusterOptions, namespaceOf } from './common-options.ts';
import type { KctlContext, ParsedArguments, Verb } from './command.ts';
import { chooseLines, ContextWindow } from './logs/context-window.ts';
import { Follower } from './logs/follow.ts';
import { formatLine, formatMarker, type FormatOptions } from './logs/format-line.ts';
import { barsOf, renderHistogram, stepFor } from './logs/histogram.ts';
import { readHistory } from './logs/history.ts';
import { Ledger } from './logs/ledger.ts';
import { lineFilter } from './logs/line-filter.ts';
import { lineTemplate, templateFields } from './logs/line-template.ts';
import { lineOptions, streamOf, timeRangeOf, usage, wholeNumberOf } from './logs/log-options.ts';
import type { LogLine } from './logs/log-line.ts';
import { scopeOf } from './logs/scope.ts';
import { painter } from './output/colour.ts';
import { print, printPaced } from './output/print.ts';

/** Lines of several pods shown when nothing says how many. One named pod is shown whole, as kubectl does. */
const DEFAULT_TAIL = 1000;
const MAX_PREVIOUS = 1000;

export const logs: Verb = {
  summary: 'lines of pods, also of pods that are gone; -f follows restarts, rollouts and new replicas',
  usage: 'POD | KIND/NAME | -l SELECTOR | -A [-f] [--since 10m] [--grep RE] [--level error] [--previous]',
  options: {
    ...clusterOptions,
    ...allNamespacesOption,
    follow: { type: 'boolean', short: 'f', help: 'go on with new lines' },
    selector: { type: 'string', short: 'l', help: 'SELECTOR of pod labels' },
    container: { type: 'string', short: 'c', help: 'CONTAINER of the pods, else all' },
    tail: { type: 'string', help: `NUMBER of newest lines; -1 = all; ${DEFAULT_TAIL} for several pods unless said` },
    ...lineOptions,
    previous: { type: 'string', short: 'p', implied: '1', help: 'N runs before the present one of each container' },
    timestamps: { type: 'boolean', help: 'whole time before each line' },
    prefix: { type: 'boolean', help: 'name pod and container before each line, also of one pod' },
    'since-time': { type: 'string', help: 'TIME, as kubectl has it: the same as --since' },
    'all-containers': { type: 'boolean', help: 'as kubectl has it: they are all shown unless -c names one' },
    output: { type: 'string', short: 'o', help: 'FORMAT text, raw, json, ecs (one document a line) or template=TEXT' },
  },
  examples: [
    ['kctl logs -f deploy/hello', 'all replicas, now and those to come'],
    ["kctl logs deploy/hello --since 1h --grep 'timeout|refused' --context 3", 'what stood around'],
    ["kctl logs -A --level '>=warn' --since 15m --histogram", 'how many, when, and how bad'],
    ['kctl logs hello-7c9f8-2xk4p --previous=2', 'the run before the one before'],
    [
      "kctl logs -l app=hello -o template='{{clock}} {{pod:24}} {{message}}'",
      `of ${Object.keys(templateFields).join(', ')}`,
    ],
  ],
  async run(args, context) {
    const clock = new SystemClock();
    const request = requestOf(args, context, clock.now());
    const api = await connect(args, context);
    const scope = await scopeOf(api, request.target, {
      namespace: namespaceOf(args, api.namespace),
      selector: args.string('selector'),
      container: args.string('container'),
    });
    const { format, since, until, tail, previous, narrow, window } = request;
    const history = await readHistory(api, scope, { since, until, tail, previous, narrow }, context.signal);
    for (const note of history.notes) context.stderr.write(`kctl: ${note}\n`);
    const ledger = new Ledger();
    const chosen = chooseLines(
      history.lines.filter((line) => ledger.admit(line)),
      window,
    );
    const shown = tail === undefined ? chosen : chosen.slice(firstOfTail(chosen, tail));
    if (request.interval !== undefined)
      return printHistogram(
        shown.map(({ line }) => line),
        request.interval,
        args,
        context,
      );
    for (const { line, isContext } of shown) await printPaced(context, formatLine(line, format, isContext));
    if (!args.flag('follow')) {
      if (shown.length === 0) context.stderr.write('kctl: no lines\n');
      return 0;
    }
    const marker = (text: string) => {
      if (format.output === 'text' && format.isTerminal) print(context, formatMarker(text, format.colour));
    };
    marker('live');
    const show = (line: LogLine) => {
      for (const one of window.push(line)) print(context, formatLine(one.line, format, one.isContext));
    };
    await new Follower(api, scope, ledger, { line: show, marker }, clock, since).run(context.signal);
    return 0;
  },
};

/** What was asked for, checked before anything is asked of the cluster. */
function requestOf(args: ParsedArguments, context: KctlContext, nowMs: number) {
  const [target, ...more] = args.positionals;
  if (more.length > 0) throw usage(`"${more[0]}": one target at a time; use -l for several pods`);
  const isOpen =
    args.flag('all-namespaces') || args.string('namespace') !== undefined || args.string('selector') !== undefined;
  if (args.flag('all-containers') && args.string('container') !== undefined)
    throw usage('-c and --all-containers: choose one');
  if (target === undefined && !isOpen)
    throw usage('name a pod or workload, a selector with -l, a namespace with -n, or all with -A');
  const { since, until } = timeRangeOf(args, nowMs);
  const previous = wholeNumberOf(args, 'previous', 1, MAX_PREVIOUS);
  const interval = args.string('histogram');
  if (interval !== undefined && interval !== 'auto' && !parseDurationMs(interval))
    throw usage(`--histogram ${interval}: a duration such as 1m expected`);
  if (args.flag('follow')) {
    if (until !== undefined) throw usage('--until ends in the past: it does not go with -f');
    if (previous !== undefined) throw usage('--previous has ended: it does not go with -f');
    if (interval !== undefined) throw usage('--histogram counts what is there: it does not go with -f');
  }
  const level = args.string('level');
  const count = wholeNumberOf(args, 'context', 0, logQueryLimits.context) ?? 0;
  const narrow = {
    grep: args.strings('grep'),
    exclude: args.strings('exclude'),
    stream: streamOf(args),
    level,
    ...(count > 0 ? { context: count } : {}),
  };
  const levels = level === undefined ? undefined : levelsOf(level);
  const keep = lineFilter({ ...narrow, levels, since, until });
  const isWhole = isOnePod(target) || since !== undefined || previous !== undefined || interval !== undefined;
  const tail = wholeNumberOf(args, 'tail', -1, Number.MAX_SAFE_INTEGER) ?? (isWhole ? -1 : DEFAULT_TAIL);
  return {
    target,
    since,
    until,
    previous,
    interval,
    narrow,
    window: new ContextWindow(keep, count),
    tail: tail === -1 ? undefined : tail,
    format: formatOf(args, context, target),
  };
}

function isOnePod(target: string | undefined): boolean {
  const [kind = '', name] = target?.split('/') ?? ['', ''];
  return target !== undefined && (name === undefined || /^(?:po|pods?)$/i.test(kind));
}

/** Where the last `tail` lines begin that are not there for their neighbours only. */
function firstOfTail(lines: readonly { readonly isContext: boolean }[], tail: number): number {
  let left = tail;
  for (let at = lines.length - 1; at >= 0; at--) {
    if (left === 0 && lines[at]?.isContext === false) return at + 1;
    if (lines[at]?.isContext === false) left--;
  }
  return tail === 0 ? lines.length : 0;
}

function printHistogram(
  lines: readonly LogLine[],
  interval: string,
  args: ParsedArguments,
  context: KctlContext,
): number {
  const times = lines.map((line) => Date.parse(line.time));
  let [first, last] = [Infinity, -Infinity];
  for (const time of times) [first, last] = [Math.min(first, time), Math.max(last, time)];
  if (times.length === 0) {
    context.stderr.write('kctl: no lines\n');
    return 0;
  }
  const intervalMs = parseDurationMs(interval === 'auto' ? stepFor(last - first) : interval) ?? 1000;
  const bars = barsOf(lines, intervalMs);
  if (args.string('output') === 'json') print(context, JSON.stringify(bars, undefined, 2));
  else print(context, renderHistogram(bars, intervalMs, painter(context.stdout, context.env, args.flag('no-color'))));
  return 0;
}

function formatOf(args: ParsedArguments, context: KctlContext, target: string | undefined): FormatOptions {
  const isTerminal = context.stdout.isTTY === true;
  return {
    output: outputOf(args.string('output') ?? 'text'),
    colour: isTerminal && !args.flag('no-color') && (context.env['NO_COLOR'] ?? '') === '',
    isTerminal,
    timestamps: args.flag('timestamps'),
    showPod: !isOnePod(target) || args.flag('prefix'),
    showNamespace: args.flag('all-namespaces'),
  };
}

function outputOf(text: string): FormatOptions['output'] {
  if (text.startsWith('template=')) return lineTemplate(text.slice('template='.length));
  if (text === 'text' || text === 'json' || text === 'ecs' || text === 'raw') return text;
  throw usage(`-o ${text}: choose text, raw, json, ecs or template='{{time}} {{message}}'`);
}
