import { SystemClock, type Clock } from '../lib/clock.ts';
import { parseDurationMs } from '../lib/duration.ts';
import { VigilError } from '../lib/errors.ts';
import { connect } from './api/connect.ts';
import { allNamespacesOption, clusterOptions, namespaceOf } from './common-options.ts';
import type { KctlContext, ParsedArguments, Verb } from './command.ts';
import { Follower } from './logs/follow.ts';
import { formatLine, formatMarker, type FormatOptions, type LogOutput } from './logs/format-line.ts';
import { readHistory } from './logs/history.ts';
import { Ledger } from './logs/ledger.ts';
import { lineFilter } from './logs/line-filter.ts';
import type { LogLine } from './logs/log-line.ts';
import { scopeOf } from './logs/scope.ts';
import { print } from './output/print.ts';

/** Lines of several pods shown when nothing says how many. One named pod is shown whole, as kubectl does. */
const DEFAULT_TAIL = 1000;

export const logs: Verb = {
  summary: 'lines of pods, also of pods that are gone; -f follows restarts, rollouts and new replicas',
  usage: 'POD | KIND/NAME | -l SELECTOR [-f] [--since 10m] [--until TIME] [--grep RE] [--previous]',
  options: {
    ...clusterOptions,
    ...allNamespacesOption,
    follow: { type: 'boolean', short: 'f', help: 'go on with new lines' },
    selector: { type: 'string', short: 'l', help: 'SELECTOR of pod labels' },
    container: { type: 'string', short: 'c', help: 'CONTAINER of the pods, else all' },
    since: { type: 'string', help: 'TIME or duration: 10m, 2026-01-31T10:00:00Z' },
    until: { type: 'string', help: 'TIME or duration before now' },
    tail: { type: 'string', help: 'NUMBER of newest lines; -1 = all' },
    grep: { type: 'string', multiple: true, help: 'REGEX that lines must match (several: all of them)' },
    exclude: { type: 'string', multiple: true, help: 'REGEX that lines must not match' },
    stream: { type: 'string', help: 'STREAM stdout or stderr only' },
    level: { type: 'string', help: 'LEVEL of the lines, e.g. error' },
    previous: { type: 'boolean', short: 'p', help: 'the run before the present one' },
    timestamps: { type: 'boolean', help: 'time before each line' },
    output: { type: 'string', short: 'o', help: 'FORMAT text, raw or json' },
  },
  async run(args, context) {
    const clock = new SystemClock();
    const [target, ...more] = args.positionals;
    if (more.length > 0)
      throw new VigilError('USAGE', 'invalid', `"${more[0]}": one target at a time; use -l for several pods`);
    const selector = args.string('selector');
    if (
      target === undefined &&
      selector === undefined &&
      !args.flag('all-namespaces') &&
      args.string('namespace') === undefined
    ) {
      throw new VigilError(
        'USAGE',
        'invalid',
        'name a pod or workload, a selector with -l, a namespace with -n, or all with -A',
      );
    }
    const follow = args.flag('follow');
    const until = instant('--until', args.string('until'), clock);
    if (follow && until !== undefined)
      throw new VigilError('USAGE', 'invalid', '--until ends in the past: it does not go with -f');
    if (follow && args.flag('previous'))
      throw new VigilError('USAGE', 'invalid', '--previous has ended: it does not go with -f');
    const since = instant('--since', args.string('since'), clock);
    const narrow = {
      grep: args.strings('grep'),
      exclude: args.strings('exclude'),
      stream: streamOf(args.string('stream')),
      level: args.string('level'),
    };
    const keep = lineFilter({ ...narrow, since, until });
    const api = await connect(args, context);
    const scope = await scopeOf(api, target, {
      namespace: namespaceOf(args, api.namespace),
      selector,
      container: args.string('container'),
    });
    const format = formatOf(args, context, target);
    const show = (line: LogLine) => print(context, formatLine(line, format));

    const wholePod = target !== undefined && (!target.includes('/') || target.startsWith('pod'));
    const tail = tailOf(args.string('tail'), wholePod || since !== undefined || args.flag('previous'));
    const history = await readHistory(
      api,
      scope,
      { since, until, tail, previous: args.flag('previous'), narrow },
      context.signal,
    );
    for (const note of history.notes) context.stderr.write(`kctl: ${note}\n`);
    const ledger = new Ledger();
    const kept = history.lines.filter((line) => ledger.admit(line) && keep(line));
    const shown = tail === undefined ? kept : kept.slice(Math.max(0, kept.length - tail));
    for (const line of shown) show(line);
    if (!follow) {
      if (kept.length === 0) context.stderr.write('kctl: no lines\n');
      return 0;
    }
    const marker = (text: string) => {
      if (format.output === 'text' && context.stdout.isTTY === true) print(context, formatMarker(text, format.colour));
    };
    marker('live');
    const sink = { line: (line: LogLine) => (keep(line) ? show(line) : undefined), marker };
    await new Follower(api, scope, ledger, sink, clock, since).run(context.signal);
    return 0;
  },
};

function formatOf(args: ParsedArguments, context: KctlContext, target: string | undefined): FormatOptions {
  const output = args.string('output') ?? 'text';
  if (output !== 'text' && output !== 'json' && output !== 'raw')
    throw new VigilError('USAGE', 'invalid', `-o ${output}: choose text, raw or json`);
  const colour = context.stdout.isTTY === true && !args.flag('no-color') && (context.env['NO_COLOR'] ?? '') === '';
  return {
    output: output satisfies LogOutput,
    colour,
    timestamps: args.flag('timestamps'),
    showPod: target === undefined || (target.includes('/') && !target.startsWith('pod')),
    showNamespace: args.flag('all-namespaces'),
  };
}

function streamOf(text: string | undefined): 'stdout' | 'stderr' | undefined {
  if (text === undefined || text === 'stdout' || text === 'stderr') return text;
  throw new VigilError('USAGE', 'invalid', `--stream ${text}: choose stdout or stderr`);
}

/** RFC 3339 of a time, or of a duration before now. */
function instant(option: string, text: string | undefined, clock: Clock): string | undefined {
  if (text === undefined) return undefined;
  const ago = parseDurationMs(text);
  if (ago !== undefined) return new Date(clock.now() - ago).toISOString();
  if (Number.isNaN(Date.parse(text)))
    throw new VigilError('USAGE', 'invalid', `${option} "${text}" is neither a time nor a duration such as 10m`);
  return text.endsWith('Z') ? text : new Date(text).toISOString();
}

/** `undefined` = all. */
function tailOf(text: string | undefined, allByDefault: boolean): number | undefined {
  if (text === undefined) return allByDefault ? undefined : DEFAULT_TAIL;
  const tail = Number(text);
  if (!Number.isInteger(tail) || tail < -1)
    throw new VigilError('USAGE', 'invalid', `--tail ${text}: must be a whole number, -1 for all`);
  return tail === -1 ? undefined : tail;
}
