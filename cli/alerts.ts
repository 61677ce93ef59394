import type { Alert, AlertList, AlertState } from '../lib/alerts-api.ts';
import { formatDuration } from '../lib/duration.ts';
import { apiGroups } from '../lib/names.ts';
import { connect } from './api/connect.ts';
import { clusterOptions, outputOption } from './common-options.ts';
import type { Verb } from './command.ts';
import { painter, type Paint, type Tone } from './output/colour.ts';
import { columnsOf, print, printStructured } from './output/print.ts';
import { table } from './output/table.ts';

const tones: Readonly<Record<AlertState, Tone>> = { firing: 'bad', pending: 'warn', resolved: 'dim' };

export const alerts: Verb = {
  summary: 'alerts that fire, with their evidence',
  usage: '[RULE] [-v] [-n NAMESPACE]',
  options: {
    ...clusterOptions,
    ...outputOption,
    state: { type: 'string', help: 'STATE firing, pending or resolved only' },
    verbose: {
      type: 'boolean',
      short: 'v',
      help: 'show the evidence: probe output, exit code, last lines, deliveries',
    },
  },
  async run(args, context) {
    const api = await connect(args, context);
    const paint = painter(context.stdout, context.env, args.flag('no-color'));
    const query = new URLSearchParams();
    const [namespace, state] = [args.string('namespace'), args.string('state')];
    if (namespace !== undefined) query.set('namespace', namespace);
    if (state !== undefined) query.set('state', state);
    const list = await api.json<AlertList>('GET', `/apis/${apiGroups.alerts}/v1/alerts?${query}`);
    const [rule] = args.positionals;
    const items = rule === undefined ? list.items : list.items.filter((alert) => alert.name === rule);
    if (printStructured(args, context, { ...list, items })) return 0;
    if (items.length === 0) {
      print(context, 'no alerts');
      return 0;
    }
    const nowMs = Date.now();
    if (args.flag('verbose') || rule !== undefined) {
      print(context, items.map((alert) => evidenceText(alert, paint, nowMs)).join('\n\n'));
    } else {
      const rows = items.map((alert) => [
        paint(tones[alert.state], alert.silencedBy === undefined ? alert.state : `${alert.state} (silenced)`),
        alert.name,
        alert.severity,
        subjectOf(alert),
        formatDuration(nowMs - Date.parse(alert.firedAt ?? alert.activeAt)),
        alert.annotations['summary'] ?? '',
      ]);
      print(context, table(['STATE', 'ALERT', 'SEVERITY', 'ABOUT', 'SINCE', 'SUMMARY'], rows, columnsOf(context)));
    }
    return items.some((alert) => alert.state === 'firing') ? 1 : 0;
  },
};

/** What an alert is about, from its labels. */
function subjectOf(alert: Alert): string {
  const { namespace, pod, container, service, node } = alert.labels;
  const object = pod ?? service;
  if (object === undefined) return node ?? '';
  return `${namespace === undefined ? '' : `${namespace}/`}${object}${container === undefined ? '' : ` ${container}`}`;
}

function evidenceText(alert: Alert, paint: Paint, nowMs: number): string {
  const { evidence } = alert;
  const lines = [
    `${paint(tones[alert.state], alert.state)} ${paint('bold', alert.name)} (${alert.severity}) · ${subjectOf(alert)} · for ${formatDuration(nowMs - Date.parse(alert.firedAt ?? alert.activeAt))}`,
    `  ${alert.annotations['description'] ?? alert.annotations['summary'] ?? ''}`,
  ];
  if (evidence.probe) {
    const { type, check, output, run, threshold } = evidence.probe;
    lines.push(`  probe     ${type} ${check} failed ${run} times in a row (threshold ${threshold}): ${output}`);
  }
  if (evidence.exitCode !== undefined)
    lines.push(
      `  ended     exit code ${evidence.exitCode}${evidence.reason === undefined ? '' : ` (${evidence.reason})`}`,
    );
  if (evidence.node !== undefined) lines.push(`  node      ${evidence.node}`);
  for (const line of evidence.lastLines ?? []) lines.push(`  | ${paint('dim', line)}`);
  for (const delivery of alert.deliveries)
    lines.push(
      `  sent to   ${delivery.receiver} ${delivery.ok ? 'ok' : `failed: ${delivery.error}`} at ${delivery.time}`,
    );
  return lines.join('\n');
}
