import { messageOf } from '../../lib/errors.ts';
import { KubeApiError } from '../../lib/kube/client.ts';
import { pods } from '../../lib/kube/resources.ts';
import type { LogQuery } from '../../lib/log-query.ts';
import type { Api } from '../api/api.ts';
import { runsOf, type ContainerRun } from './container-run.ts';
import { joinHistory } from './join-history.ts';
import type { LogLine } from './log-line.ts';
import { nodeLines } from './node-lines.ts';
import type { LogScope } from './scope.ts';
import { storeLines } from './store-lines.ts';

/** Nodes are asked about so many containers at a time. */
const PARALLEL_READS = 8;

export interface HistoryOptions {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** At least so many of the newest lines of each container, if there are; absent = all. */
  readonly tail?: number | undefined;
  /** Only the run before the present one of each container. */
  readonly previous: boolean;
  readonly narrow: Pick<LogQuery, 'grep' | 'exclude' | 'stream' | 'level'>;
}

export interface History {
  readonly lines: readonly LogLine[];
  /** What could not be read and what was read instead: said to the user. */
  readonly notes: readonly string[];
}

/** Everything known of a scope up to now: what the nodes hold and what only the store has. */
export async function readHistory(
  api: Api,
  scope: LogScope,
  options: HistoryOptions,
  signal: AbortSignal,
): Promise<History> {
  const notes: string[] = [];
  const { namespace, labelSelector, fieldSelector } = scope;
  const present = (await api.client.list(pods, { namespace, labelSelector, fieldSelector }, signal)).items.filter(
    (pod) => scope.includes(pod),
  );
  const runs = present.flatMap((pod) => runsOf(pod, scope.container)).filter((run) => !options.previous || run.ended);
  const [fromNodes, fromStore] = await Promise.all([
    readNodes(api, runs, options, notes, signal),
    readStore(api, scope, options, notes),
  ]);
  const wantedStore = options.previous ? previousOnly(fromStore, present.length === 0) : fromStore;
  return { lines: joinHistory(fromNodes, wantedStore), notes };
}

async function readNodes(
  api: Api,
  runs: readonly ContainerRun[],
  options: HistoryOptions,
  notes: string[],
  signal: AbortSignal,
): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const queue = [...runs];
  const unreachable = new Set<string>();
  const reader = async () => {
    for (let run = queue.shift(); run; run = queue.shift()) {
      try {
        const found = nodeLines(api, run, { follow: false, sinceTime: options.since, tailLines: options.tail }, signal);
        for await (const line of found) lines.push(line);
      } catch (error) {
        signal.throwIfAborted();
        // The container's files are gone, or its node is: the store has them.
        if (!(error instanceof KubeApiError)) throw error;
        if (error.httpStatus !== 404 && error.httpStatus !== 400) unreachable.add(run.node);
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_READS }, reader));
  if (unreachable.size > 0) notes.push(`${[...unreachable].join(', ')} does not answer: its lines come from the store`);
  return lines;
}

async function readStore(api: Api, scope: LogScope, options: HistoryOptions, notes: string[]): Promise<LogLine[]> {
  const query = { ...scope.query, ...options.narrow, since: options.since, until: options.until };
  try {
    return await storeLines(api, scope.namespace, query, options.tail);
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.httpStatus === 403) throw error;
    notes.push(`the log store does not answer (${messageOf(error)}): only what the nodes still hold is shown`);
    return [];
  }
}

/** Of each container the run before the last one known; when the pod is gone, the last run is the previous one. */
function previousOnly(lines: readonly LogLine[], podGone: boolean): LogLine[] {
  const last = new Map<string, number>();
  const key = (line: LogLine) => `${line.podUid}/${line.container}`;
  for (const line of lines) last.set(key(line), Math.max(last.get(key(line)) ?? 0, line.restartCount));
  return lines.filter((line) => line.restartCount === (last.get(key(line)) ?? 0) - (podGone ? 0 : 1));
}
