import { kubernetesFields } from '../../lib/log-record.ts';
import type { LogLine } from './log-line.ts';

/** A line as the store keeps it: Elastic Common Schema, nested objects. */
export function ecsDocument(line: LogLine): Record<string, unknown> {
  return {
    '@timestamp': line.time,
    message: line.message,
    stream: line.stream,
    log: { ...(line.level === undefined ? {} : { level: line.level }), offset: line.position.offset },
    container: { id: line.containerId },
    kubernetes: kubernetesFields(line),
    vigil: { restart_count: line.restartCount, ...(line.workload ? { workload: line.workload } : {}) },
  };
}
