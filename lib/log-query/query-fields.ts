import { logFields } from '../log-record.ts';

/** What a field holds, as far as queries differ by it. `value` = anything else: compared as a whole. */
export type FieldKind = 'text' | 'value' | 'number' | 'time' | 'level' | 'stream' | 'label' | 'workload';

export interface QueryField {
  /** The document's field. */
  readonly path: string;
  readonly kind: FieldKind;
}

/** Short names for what people ask for most. The first name of a field is the one shown. */
export const fieldAliases: Readonly<Record<string, string>> = {
  time: logFields.time,
  message: logFields.message,
  msg: logFields.message,
  level: logFields.level,
  stream: logFields.stream,
  ns: logFields.namespace,
  namespace: logFields.namespace,
  pod: logFields.pod,
  container: logFields.container,
  node: logFields.node,
  workload: logFields.workloadName,
  image: logFields.image,
  restarts: logFields.restartCount,
  reason: logFields.eventReason,
  action: logFields.eventAction,
  outcome: logFields.eventOutcome,
};

const kinds: Readonly<Record<string, FieldKind>> = {
  [logFields.time]: 'time',
  [logFields.message]: 'text',
  'error.message': 'text',
  'vigil.termination.message': 'text',
  'vigil.termination.last_lines': 'text',
  'vigil.probe.output': 'text',
  [logFields.level]: 'level',
  [logFields.stream]: 'stream',
  [logFields.offset]: 'number',
  [logFields.restartCount]: 'number',
  'vigil.probe.latency_ms': 'number',
  'event.duration': 'number',
};

/** The field that a name in a query means: an alias, `label.KEY`, or a document's own field. */
export function fieldNamed(name: string): QueryField {
  const label = /^(?:labels?|kubernetes\.labels)\.(.+)$/.exec(name)?.[1];
  if (label !== undefined) return { path: `${logFields.labels}.${label}`, kind: 'label' };
  if (name === 'workload') return { path: logFields.workloadName, kind: 'workload' };
  const path = Object.hasOwn(fieldAliases, name) ? (fieldAliases[name] ?? name) : name;
  return { path, kind: Object.hasOwn(kinds, path) ? (kinds[path] ?? 'value') : 'value' };
}

/** The shortest name that means a document's field. */
export function shortNameOf(path: string): string {
  if (path.startsWith(`${logFields.labels}.`)) return `label.${path.slice(logFields.labels.length + 1)}`;
  return Object.entries(fieldAliases).find(([, aliased]) => aliased === path)?.[0] ?? path;
}
