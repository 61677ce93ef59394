import type { LossRow } from '../loss-row.ts';
import { bursts } from './bursts.ts';
import { clockStepped } from './clock-stepped.ts';
import { bufferFull, stateDiskFull } from './disk-full.ts';
import { firehose } from './firehose.ts';
import { agentKilled, allAtOnce, shipperKilled } from './killed-processes.ts';
import { askedToEnd, killedWriters } from './last-lines.ts';
import { conflictingLabels, garbage, longLines } from './odd-lines.ts';
import { nodeRebooted } from './reboot.ts';
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
  allAtOnce,
  stateDiskFull,
  bufferFull,
  nodeRebooted,
  clockStepped,
  conflictingLabels,
  longLines,
  garbage,
  firehose,
];
