import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import { messageOf, VigilError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { AgentPods } from '../agent-pods.ts';
import type { PathParams, Route } from '../http/route.ts';
import type { Observer } from '../pods/observe.ts';
import type { EngineContainer } from '../runtime/runtime.ts';
import { chooseRun } from './choose-run.ts';
import { LogChanges } from './log-changes.ts';
import { parseLogParameters, type LogParameters } from './log-parameters.ts';
import { readLog } from './read-log.ts';
import { LineWriter } from './write-lines.ts';

/** Each holds open files and a watch. */
const MAX_FOLLOWERS = 512;

export interface LogRoutesOptions {
  readonly observer: Observer;
  readonly pods: AgentPods;
  readonly clock: Clock;
  readonly log: Logger;
}

/** `GET /containerLogs/{namespace}/{pod}/{container}` with the API's log parameters, and `format=records`, `after=`, `containerId=`. */
export function logRoutes(options: LogRoutesOptions): readonly Route[] {
  let readers = 0;
  const handler = async (request: IncomingMessage, response: ServerResponse, params: PathParams) => {
    const { observer, pods, clock } = options;
    const query = new URL(request.url ?? '/', 'https://agent').searchParams;
    const parameters = parseLogParameters(query, clock.now());
    const { namespace = '', pod = '', container = '' } = params;
    const run = chooseRun({ namespace, pod, container }, parameters, pods, observer);
    if (readers >= MAX_FOLLOWERS) throw new VigilError('TOO_MANY_READERS', 'transient', 'too many logs are being read');
    readers++;
    try {
      await sendLog(options, run, parameters, response);
    } finally {
      readers--;
    }
  };
  return [{ method: 'GET', path: '/containerLogs/{namespace}/{pod}/{container}', handler }];
}

async function sendLog(
  { observer, clock, log }: LogRoutesOptions,
  run: EngineContainer,
  parameters: LogParameters,
  response: ServerResponse,
): Promise<void> {
  if (run.logPath === undefined)
    throw new VigilError('LOG_NOT_FOUND', 'notFound', 'the engine keeps no log of this container');
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the reader is gone')));
  const type = parameters.format === 'records' ? 'application/x-ndjson' : 'text/plain; charset=utf-8';
  response.writeHead(200, { 'content-type': type });
  response.flushHeaders();
  const changes = parameters.follow ? new LogChanges(run.logPath, clock) : undefined;
  const unsubscribe = observer.onChange((uid) => {
    if (uid === run.owner.podUid) changes?.notify();
  });
  try {
    const writer = new LineWriter(parameters, { containerId: run.id, restartCount: run.owner.restartCount });
    const lines = readLog({
      path: run.logPath,
      tailLines: parameters.tailLines,
      stream: parameters.stream,
      from: parameters.after,
      follow: changes && { changes, hasEnded: () => observer.container(run.id)?.state !== 'running' },
      signal: gone.signal,
    });
    for await (const batch of lines) {
      const bytes = writer.encode(batch);
      // A slow reader slows the reading: nothing piles up here.
      if (bytes.length > 0 && !response.write(bytes)) await once(response, 'drain', { signal: gone.signal });
      if (writer.isFull) break;
    }
    response.end();
  } catch (error) {
    if (!gone.signal.aborted)
      log.warn({ containerId: run.id, error: messageOf(error) }, 'log could not be read to its end');
    response.destroy();
  } finally {
    unsubscribe();
    changes?.close();
  }
}
