import { messageOf } from '../../lib/errors.ts';
import { KubeApiError } from '../../lib/kube/client.ts';
import { pods } from '../../lib/kube/resources.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { LogQuery } from '../../lib/log-query.ts';
import type { Api } from '../api/api.ts';
import { runsOf, type ContainerRun } from './container-run.ts';
import { joinHistory } from './join-history.ts';
import type { LogLine } from './log-line.ts';
import { nodeLines } from './node-lines.ts';
import { previousRun } from './previous-run.ts';
import type { LogScope } from './scope.ts';
import { MAX_HELD_LINES, storeLines } from './store-lines.ts';

/** Nodes are asked about so many containers at a time. */
const PARALLEL_READS = 8;

export interface HistoryOptions {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** At least so many of the newest lines of each container, if there are; absent = all. */
  readonly tail?: number | undefined;
  /** Only the run so many runs before the present one of each container. */
  readonly previous?: number | undefined;
  readonly narrow: Pick<LogQuery, 'grep' | 'exclude' | 'stream' | 'level' | 'context'>;
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
  const [fromNodes, fromStore] = await Promise.all([
    readNodes(api, present, scope, options, notes, signal),
    readStore(api, scope, options, notes, signal),
  ]);
  const lines = joinHistory(fromNodes, fromStore);
  if (options.previous === undefined) return { lines, notes };
  const wanted = previousRun(options.previous, present, lines);
  return { lines: lines.filter(wanted), notes };
}

async function readNodes(
  api: Api,
  present: readonly Pod[],
  scope: LogScope,
  options: HistoryOptions,
  notes: string[],
  signal: AbortSignal,
): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const queue = present.flatMap((pod) => runsOf(pod, scope.container));
  const unreachable = new Set<string>();
  // The newest lines of a container need not be among those that are chosen.
  const { grep = [], exclude = [], stream, level } = options.narrow;
  const isNarrowed = grep.length + exclude.length > 0 || stream !== undefined || level !== undefined;
  const isAll = isNarrowed || options.until !== undefined || options.previous !== undefined;
  const tailLines = isAll ? undefined : options.tail;
  const read = async (run: ContainerRun) => {
    try {
      for await (const line of nodeLines(api, run, { follow: false, sinceTime: options.since, tailLines }, signal)) {
        if (lines.length >= MAX_HELD_LINES) return;
        lines.push(line);
      }
    } catch (error) {
      signal.throwIfAborted();
      // The container's files are gone, or its node is: the store has them.
      if (!(error instanceof KubeApiError)) throw error;
      if (error.httpStatus === 403) throw error;
      if (error.httpStatus !== 404 && error.httpStatus !== 400) unreachable.add(run.node);
    }
  };
  const reader = async () => {
    for (let run = queue.shift(); run; run = queue.shift()) await read(run);
  };
  await Promise.all(Array.from({ length: PARALLEL_READS }, reader));
  for (const node of unreachable) notes.push(`${node} does not answer: its lines come from the log store`);
  if (lines.length >= MAX_HELD_LINES) notes.push(tooMany);
  return lines;
}

const tooMany = `more than ${MAX_HELD_LINES} lines: narrow them with --since, --until, --tail or --grep; kctl search --all writes any number`;

async function readStore(
  api: Api,
  scope: LogScope,
  options: HistoryOptions,
  notes: string[],
  signal: AbortSignal,
): Promise<readonly LogLine[]> {
  const query = { ...scope.query, ...options.narrow, since: options.since, until: options.until };
  try {
    const newest = options.previous === undefined ? options.tail : undefined;
    const { lines, isCut } = await storeLines(api, scope.namespace, query, signal, newest);
    if (isCut) notes.push(tooMany);
    return lines;
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.httpStatus < 500) throw error;
    notes.push(
      `the log store does not answer (${messageOf(error)}): lines of the nodes, what was rotated away or belongs to pods that are gone is missing`,
    );
    return [];
  }
}
