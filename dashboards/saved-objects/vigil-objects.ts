import { logFields } from '../../lib/log-record.ts';
import { config } from '../config.ts';
import { dashboard, dataView, histogram, savedSearch, topValues, type SavedObject } from './saved-object.ts';

/** Data views, saved searches, visualizations and one dashboard over all that Vigil keeps. */
export function vigilObjects(): SavedObject[] {
  const views = Object.entries(config.patterns).map(([dataset, pattern]) => dataView(`vigil-${dataset}`, pattern));
  const lines = savedSearch('vigil-lines', 'Vigil: container lines', 'vigil-containers', [
    logFields.namespace,
    logFields.pod,
    logFields.level,
    logFields.message,
  ]);
  const errors = savedSearch(
    'vigil-errors',
    'Vigil: errors',
    'vigil-containers',
    [logFields.pod, logFields.message],
    `${logFields.level}:(error OR fatal)`,
  );
  const probes = savedSearch(
    'vigil-failed-probes',
    'Vigil: failed probes',
    'vigil-probes',
    [logFields.pod, logFields.eventAction, logFields.message],
    `${logFields.eventOutcome}:failure`,
  );
  const terminations = savedSearch('vigil-terminations-list', 'Vigil: terminations', 'vigil-terminations', [
    logFields.pod,
    logFields.eventReason,
    logFields.message,
  ]);
  const decisions = savedSearch('vigil-decisions-list', 'Vigil: decisions', 'vigil-decisions', [
    logFields.eventAction,
    logFields.message,
  ]);
  const byLevel = histogram('vigil-lines-by-level', 'Vigil: lines by level', 'vigil-containers', logFields.level);
  const byPod = topValues('vigil-lines-by-pod', 'Vigil: lines by pod', 'vigil-containers', logFields.pod);
  const panels = [byLevel, byPod, errors, probes, terminations, decisions];
  return [
    ...views,
    lines,
    ...panels,
    dashboard('vigil-overview', 'Vigil', 'Lines, failing probes, terminations and decisions side by side.', panels),
  ];
}
