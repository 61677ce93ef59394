import type { AlertRule } from './alert-rule.ts';
import { containerProbeFailing } from './rules/container-probe-failing.ts';
import { crashLoop } from './rules/crash-loop.ts';
import { livenessRestart } from './rules/liveness-restart.ts';
import { logLinesLost } from './rules/log-lines-lost.ts';
import { logShipperBehind } from './rules/log-shipper-behind.ts';
import { logStoreDamaged } from './rules/log-store-damaged.ts';
import { logStoreDown } from './rules/log-store-down.ts';
import { logStoreRefusesDocuments } from './rules/log-store-refuses-documents.ts';
import { nodeDiskFull } from './rules/node-disk-full.ts';
import { nodeHeartbeatLate } from './rules/node-heartbeat-late.ts';
import { oomKilled } from './rules/oom-killed.ts';
import { probeCannotRun } from './rules/probe-cannot-run.ts';
import { serviceNoReadyEndpoints } from './rules/service-no-ready-endpoints.ts';

/** The alerts that are on by default. */
export const allRules: readonly AlertRule[] = [
  containerProbeFailing,
  probeCannotRun,
  livenessRestart,
  crashLoop,
  oomKilled,
  serviceNoReadyEndpoints,
  nodeHeartbeatLate,
  nodeDiskFull,
  logShipperBehind,
  logLinesLost,
  logStoreDown,
  logStoreDamaged,
  logStoreRefusesDocuments,
];
