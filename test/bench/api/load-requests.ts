import type { ClientResult, ClientTask, ServerAddress } from './client-protocol.ts';
import { Connection, requestBytes } from './connection.ts';
import { podBody } from './sample-objects.ts';
import { PODS_WATCH, WatchStream } from './watch-stream.ts';

const PODS = '/api/v1/namespaces/default/pods';
/** So long the watch is waited for when the last request is answered. */
const LAST_EVENT_MS = 5_000;

type RequestsTask = Extract<ClientTask, { kind: 'requests' }>;

/** Every run of creates has names of its own. */
let created = 0;

function requestsOf(task: RequestsTask): { readonly name: string; readonly bytes: Buffer }[] {
  return Array.from({ length: task.count }, (_, index) => {
    switch (task.request) {
      case 'create': {
        const name = `pod-${created++}`;
        return { name, bytes: requestBytes('POST', PODS, podBody(name, index)) };
      }
      case 'get':
        return { name: '', bytes: requestBytes('GET', `${PODS}/pod-${index % 1_000}`) };
      case 'list':
        return { name: '', bytes: requestBytes('GET', PODS) };
      case 'patch status': {
        const body = JSON.stringify({ status: { message: String(index) } });
        const path = `${PODS}/pod-${index % 1_000}/status`;
        return { name: '', bytes: requestBytes('PATCH', path, body, 'application/merge-patch+json') };
      }
    }
  });
}

/** Requests are made beforehand, so that the time of making them is nobody's. */
export async function loadRequests(address: ServerAddress, task: RequestsTask): Promise<ClientResult> {
  const requests = requestsOf(task);
  const connections = await Promise.all(Array.from({ length: task.connections }, () => Connection.open(address)));
  const repliedMs = new Map<string, number>();
  const seenMs = new Map<string, number>();
  const watch =
    task.watches === true
      ? await WatchStream.open(address, `${PODS}${PODS_WATCH}`, (name) => seenMs.set(name, performance.now()))
      : undefined;
  const latenciesMs: number[] = [];
  let next = 0;
  let failed = 0;
  let bodyBytes = 0;
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (let request = requests[next++]; request; request = requests[next++]) {
        const sentMs = performance.now();
        const answer = await connection.send(request.bytes);
        const nowMs = performance.now();
        if (answer.status >= 300) failed++;
        bodyBytes = Math.max(bodyBytes, answer.bodyBytes);
        latenciesMs.push(nowMs - sentMs);
        if (watch) repliedMs.set(request.name, nowMs);
      }
    }),
  );
  const elapsedMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  if (watch) await until(() => seenMs.size >= repliedMs.size, LAST_EVENT_MS);
  watch?.close();
  for (const connection of connections) connection.close();
  const eventLagsMs = [...repliedMs].map(([name, ms]) => Math.max(0, (seenMs.get(name) ?? Number.NaN) - ms));
  return {
    count: latenciesMs.length,
    failed: failed + eventLagsMs.filter(Number.isNaN).length,
    elapsedMs,
    latenciesMs,
    eventLagsMs: eventLagsMs.filter((lag) => !Number.isNaN(lag)),
    bodyBytes,
    cpuSeconds: (user + system) / 1e6,
  };
}

async function until(isSo: () => boolean, timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!isSo() && performance.now() < deadlineMs) await new Promise((resolve) => setImmediate(resolve));
}
