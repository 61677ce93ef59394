import type { LogSource } from '../../lib/log-source.ts';
import { dataStreamFields, kubernetesFields, logLevels, type LogLevel } from '../../lib/log-record.ts';
import { dataStreamOf } from '../../lib/signals/records.ts';

/** What every document of a container ends with, made once as bytes. */
export interface ContainerMetadata {
  /** Fields behind `log.offset`: `,"file":{…}},"container":{…},…}\n`. */
  readonly tail: Buffer;
  /** The same fields as an object, for lines that are built the long way. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly filePath: string;
}

export function containerMetadata(source: LogSource, clusterName: string): ContainerMetadata {
  const fields = {
    container: {
      id: source.containerId,
      ...(source.image === '' ? {} : { image: { name: source.image } }),
      ...(source.runtime === '' ? {} : { runtime: source.runtime ?? 'docker' }),
    },
    kubernetes: kubernetesFields(source),
    vigil: { restart_count: source.restartCount, workload: source.workload },
    orchestrator: { type: 'kubernetes', cluster: { name: clusterName } },
    data_stream: dataStreamFields('containers'),
  };
  const file = JSON.stringify({ path: source.path });
  const rest = JSON.stringify(fields).slice(1);
  return { tail: Buffer.from(`,"file":${file}},${rest}\n`), fields, filePath: source.path };
}

/** `{"create":{"_index":…,"_id":"<container>-<rotation>-`: what stands before the offset. */
export function actionHead(idPrefix: string): Buffer {
  return Buffer.from(`{"create":{"_index":"${dataStreamOf('containers')}","_id":"${idPrefix}`);
}

/** Between the offset in the id and the time. */
export const actionEnd = Buffer.from('"}}\n{"@timestamp":"');
/** Between the time and the message. */
export const streamParts = {
  stdout: Buffer.from('","stream":"stdout","message":"'),
  stderr: Buffer.from('","stream":"stderr","message":"'),
} as const;
/** Between the message and the offset. */
export const levelParts: Readonly<Record<LogLevel | 'none', Buffer>> = Object.fromEntries([
  ['none', Buffer.from('","log":{"offset":')],
  ...logLevels.map((level) => [level, Buffer.from(`","log":{"level":"${level}","offset":`)]),
]) as Record<LogLevel | 'none', Buffer>;
