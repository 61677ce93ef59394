import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { VigilError } from '../../lib/errors.ts';
import type { AgentPods } from '../agent-pods.ts';
import type { Route } from '../http/route.ts';
import type { ProbeHistory } from '../probes/probe-ring.ts';
import type { SignalLog } from './signal-log.ts';

/** Signals written between two looks at whether the reader still keeps up. */
const BATCH = 256;
/** More readers than a few control planes and people are a mistake. */
const MAX_READERS = 32;

/** `GET /vigil/v1/signals?after=SEQ` (one a line, held open) and `GET /vigil/v1/probes/{namespace}/{pod}`. */
export function signalRoutes(signals: SignalLog, history: ProbeHistory, pods: AgentPods): readonly Route[] {
  let readers = 0;
  return [
    {
      method: 'GET',
      path: '/vigil/v1/signals',
      handler: async (request, response) => {
        if (readers >= MAX_READERS)
          throw new VigilError('TOO_MANY_READERS', 'transient', 'too many readers of signals');
        const query = new URL(request.url ?? '/', 'https://agent').searchParams;
        const after = Number(query.get('after') ?? '0');
        if (!Number.isSafeInteger(after) || after < 0) {
          throw new VigilError('PARAMETER_INVALID', 'invalid', 'after must be a whole number that is not negative');
        }
        readers++;
        try {
          await streamSignals(signals, after, response);
        } finally {
          readers--;
        }
      },
    },
    {
      method: 'GET',
      path: '/vigil/v1/probes/{namespace}/{pod}',
      handler: (_request, response, params) => {
        const pod = pods.get(params['namespace'] ?? '', params['pod'] ?? '');
        if (!pod) throw new VigilError('POD_NOT_FOUND', 'notFound', `pod "${params['pod'] ?? ''}" is not on this node`);
        const records = history.ofPod(pod.pod.metadata?.uid ?? '').flat();
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ records }));
      },
    },
  ];
}

async function streamSignals(signals: SignalLog, after: number, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the reader is gone')));
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  let seq = after;
  while (!gone.signal.aborted) {
    const batch = signals.after(seq, BATCH);
    if (batch.length === 0) {
      await appended(signals, gone.signal);
      continue;
    }
    seq = batch.at(-1)?.seq ?? seq;
    const isTaken = response.write(batch.map((signal) => `${JSON.stringify(signal)}\n`).join(''));
    if (!isTaken) await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
  }
}

function appended(signals: SignalLog, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      unsubscribe();
      gone.removeEventListener('abort', wake);
      resolve();
    };
    const unsubscribe = signals.onAppend(wake);
    gone.addEventListener('abort', wake, { once: true });
  });
}
