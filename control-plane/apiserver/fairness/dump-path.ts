import { pathNotFound } from '../../../lib/kube/status-errors.ts';
import type { PathHandler } from '../handlers.ts';
import type { FlowControl } from './flow-control.ts';

type Row = readonly (string | number | boolean)[];

/** `/debug/api_priority_and_fairness/dump_…`: how levels and queues stand, as upstream prints it. */
export function flowControlDumpPath(control: FlowControl): PathHandler {
  return (exchange) => {
    switch (exchange.path) {
      case '/debug/api_priority_and_fairness/dump_priority_levels':
        return exchange.sendText(200, tableText(levelRows(control)));
      case '/debug/api_priority_and_fairness/dump_queues':
        return exchange.sendText(200, tableText(queueRows(control)));
      default:
        throw pathNotFound();
    }
  };
}

function levelRows(control: FlowControl): readonly Row[] {
  const rows: Row[] = [
    [
      'PriorityLevelName',
      'ActiveQueues',
      'IsIdle',
      'IsQuiescing',
      'WaitingRequests',
      'ExecutingRequests',
      'DispatchedRequests',
      'RejectedRequests',
      'TimedoutRequests',
      'CancelledRequests',
    ],
  ];
  for (const level of control.levels) {
    const stats = [...control.stats].filter((one) => one.level === level.name);
    const sum = (value: (one: (typeof stats)[number]) => number) => stats.reduce((all, one) => all + value(one), 0);
    rows.push([
      level.name,
      level.queues.backloggedCount,
      level.isIdle,
      level.isRetired,
      sum((one) => one.waiting),
      sum((one) => one.executing),
      sum((one) => one.dispatched),
      sum((one) => one.refused['queue-full'] + one.refused['concurrency-limit']),
      sum((one) => one.refused['time-out']),
      sum((one) => one.refused.cancelled),
    ]);
  }
  return rows;
}

function queueRows(control: FlowControl): readonly Row[] {
  const rows: Row[] = [
    ['PriorityLevelName', 'Index', 'PendingRequests', 'ExecutingRequests', 'SeatsInUse', 'NextDispatchR'],
  ];
  for (const level of control.levels) {
    for (const { index, waiting, executing, executingSeats, startTag } of level.queues.all())
      rows.push([level.name, index, waiting.length, executing, executingSeats, `${startTag.toFixed(3)}ms`]);
  }
  return rows;
}

/** Columns of equal width, with commas. */
function tableText(rows: readonly Row[]): string {
  const texts = rows.map((row) => row.map((cell, at) => `${cell}${at < row.length - 1 ? ',' : ''}`));
  const widths = (texts[0] ?? []).map((_, at) => Math.max(...texts.map((row) => row[at]?.length ?? 0)));
  return texts
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join(' ')
          .trimEnd()}\n`,
    )
    .join('');
}
