import type { LogHit } from './log-query.ts';
import type { Dataset } from './signals/records.ts';

/**
 * Names of the fields of every document that Vigil keeps (Elastic Common Schema, `kubernetes.*` as Elastic's agents write them, Vigil's own under `vigil.*`).
 * Shipper, store, queries, alerts and dashboards take them from here. In `_source` a dotted name is a path of nested objects.
 */
export const logFields = {
  time: '@timestamp',
  message: 'message',
  stream: 'stream',
  level: 'log.level',
  offset: 'log.offset',
  filePath: 'log.file.path',
  containerId: 'container.id',
  image: 'container.image.name',
  namespace: 'kubernetes.namespace',
  pod: 'kubernetes.pod.name',
  podUid: 'kubernetes.pod.uid',
  container: 'kubernetes.container.name',
  node: 'kubernetes.node.name',
  /** One `flattened`/`flat_object` field: query `kubernetes.labels.<key>` with any key, dots and slashes included. */
  labels: 'kubernetes.labels',
  restartCount: 'vigil.restart_count',
  workloadKind: 'vigil.workload.kind',
  workloadName: 'vigil.workload.name',
  cluster: 'orchestrator.cluster.name',
  dataset: 'data_stream.dataset',
  eventAction: 'event.action',
  eventOutcome: 'event.outcome',
  eventReason: 'event.reason',
} as const;

/** `log.level` values, from least to most severe. A line whose level is not recognised has none. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

/** The `data_stream` object of a document. */
export function dataStreamFields(dataset: Dataset | 'deadletters'): Record<string, string> {
  return { type: 'logs', dataset: `vigil.${dataset}`, namespace: 'default' };
}

/** Who a document is about, as far as it is known. */
export interface KubernetesOrigin {
  readonly namespace?: string | undefined;
  readonly pod?: string | undefined;
  readonly podUid?: string | undefined;
  readonly container?: string | undefined;
  readonly node?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly workload?: { readonly kind: string; readonly name: string } | undefined;
}

/** Kinds that get `kubernetes.<kind>.name` beside `vigil.workload`, as dashboards made for Elastic's agents expect. */
const workloadKinds: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'CronJob',
]);

/** The `kubernetes` object of a document. */
export function kubernetesFields(origin: KubernetesOrigin): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  if (origin.namespace !== undefined) fields['namespace'] = origin.namespace;
  if (origin.pod !== undefined) fields['pod'] = { name: origin.pod, ...(origin.podUid ? { uid: origin.podUid } : {}) };
  if (origin.container !== undefined) fields['container'] = { name: origin.container };
  if (origin.node !== undefined) fields['node'] = { name: origin.node };
  if (origin.labels && Object.keys(origin.labels).length > 0) fields['labels'] = origin.labels;
  if (origin.workload && workloadKinds.has(origin.workload.kind)) {
    fields[origin.workload.kind.toLowerCase()] = { name: origin.workload.name };
  }
  return fields;
}

/** The value at a dotted path of a document, whether the document nests objects or has dotted keys. */
export function fieldOf(source: Readonly<Record<string, unknown>>, path: string): unknown {
  const direct = source[path];
  if (direct !== undefined) return direct;
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const head = source[path.slice(0, dot)];
    if (typeof head === 'object' && head !== null && !Array.isArray(head)) {
      const value = fieldOf(head as Readonly<Record<string, unknown>>, path.slice(dot + 1));
      if (value !== undefined) return value;
    }
  }
  return undefined;
}

/** A stored document as a `LogHit`. Fields that are missing become empty strings; `keepSource` adds the whole document. */
export function logHitOf(id: string, source: Readonly<Record<string, unknown>>, keepSource = false): LogHit {
  const text = (path: string): string => {
    const value = fieldOf(source, path);
    return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  };
  const optional = (path: string): string | undefined => text(path) || undefined;
  const restartCount = fieldOf(source, logFields.restartCount);
  const workloadName = text(logFields.workloadName);
  return {
    id,
    time: text(logFields.time),
    message: text(logFields.message),
    stream: optional(logFields.stream),
    level: optional(logFields.level),
    namespace: text(logFields.namespace),
    pod: text(logFields.pod),
    podUid: text(logFields.podUid),
    container: text(logFields.container),
    containerId: text(logFields.containerId),
    node: text(logFields.node),
    restartCount: typeof restartCount === 'number' ? restartCount : 0,
    ...(workloadName ? { workload: { kind: text(logFields.workloadKind), name: workloadName } } : {}),
    ...(keepSource ? { source } : {}),
  };
}
