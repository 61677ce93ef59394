import { formatPosition, type LogPosition } from '../../lib/log-position.ts';
import { LEVEL_WINDOW, levelOf } from '../../lib/log-level.ts';
import type { LogLevel } from '../../lib/log-record.ts';
import { pods } from '../../lib/kube/resources.ts';
import { queryString, resourcePath } from '../../lib/kube/resource-path.ts';
import type { Api } from '../api/api.ts';
import type { ContainerRun } from './container-run.ts';
import type { LogLine } from './log-line.ts';

/** What the agent sends with `format=records`. */
interface WireRecord {
  readonly containerId: string;
  readonly rotation: string;
  readonly offset: number;
  readonly time: string;
  readonly stream: string;
  readonly message: string;
}

export interface NodeLinesOptions {
  readonly follow: boolean;
  readonly after?: LogPosition | undefined;
  /** RFC 3339. */
  readonly sinceTime?: string | undefined;
  readonly tailLines?: number | undefined;
}

/** The lines of one run as the node has them, in order. Ends when the run has ended and all was sent. Throws `KubeApiError` when the node or the container is gone. */
export async function* nodeLines(
  api: Api,
  run: ContainerRun,
  options: NodeLinesOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const path =
    resourcePath(pods, { namespace: run.namespace, name: run.pod }, 'log') +
    queryString({
      container: run.container,
      containerId: run.containerId,
      format: 'records',
      follow: options.follow ? true : undefined,
      after: options.after === undefined ? undefined : formatPosition(options.after),
      sinceTime: options.sinceTime,
      tailLines: options.tailLines,
    });
  for await (const record of api.lines<WireRecord>(path, signal)) {
    yield {
      containerId: run.containerId,
      position: { rotation: record.rotation, offset: record.offset },
      time: record.time,
      stream: record.stream,
      message: record.message,
      namespace: run.namespace,
      pod: run.pod,
      podUid: run.podUid,
      container: run.container,
      restartCount: run.restartCount,
      node: run.node,
      level: levelOfText(record.message),
    };
  }
}

/** The level that the shipper gives the line, too: it looks no further than its beginning. */
function levelOfText(message: string): LogLevel | undefined {
  const head = Buffer.from(message.slice(0, LEVEL_WINDOW));
  return levelOf(head, 0, head.length);
}
