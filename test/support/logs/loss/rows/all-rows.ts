import type { LossRow } from '../loss-row.ts';
import { bursts } from './bursts.ts';
import { firehose } from './firehose.ts';
import { agentKilled, shipperKilled } from './killed-processes.ts';
import { askedToEnd, killedWriters } from './last-lines.ts';
import { conflictingLabels, garbage, longLines } from './odd-lines.ts';
import { shortLived } from './short-lived.ts';
import { storeTrouble } from './store-trouble.ts';

/** Every way in which lines could get lost. */
export const allRows: readonly LossRow[] = [
  bursts,
  shortLived,
  killedWriters,
  askedToEnd,
  shipperKilled,
  agentKilled,
  ...storeTrouble,
  conflictingLabels,
  longLines,
  garbage,
  firehose,
];
