import type { ProcessUsage } from '../process-usage.ts';
import { quantile } from '../statistics.ts';
import type { BenchClient } from './bench-client.ts';
import type { ClientResult, ClientTask } from './client-protocol.ts';

/** A server, seen from what it uses. */
export interface LoadedServer {
  usage(): ProcessUsage;
}

/** One load: what the client saw and what both sides used for it. */
export interface Measured {
  readonly result: ClientResult;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of the server with its store, and of the client, for each of what was counted. */
  readonly serverCpuMs: number;
  readonly clientCpuMs: number;
}

/** Performs a task and takes the server's CPU time over it. Throws when anything failed: such a figure means nothing. */
export async function measure(server: LoadedServer, client: BenchClient, task: ClientTask): Promise<Measured> {
  const before = server.usage().cpuSeconds;
  const result = await client.perform(task);
  const cpuSeconds = server.usage().cpuSeconds - before;
  if (result.failed > 0) throw new Error(`${result.failed} of ${result.count} failed: ${JSON.stringify(task)}`);
  return {
    result,
    perSecond: (result.count * 1_000) / result.elapsedMs,
    p50Ms: quantile(result.latenciesMs, 0.5),
    p99Ms: quantile(result.latenciesMs, 0.99),
    serverCpuMs: (cpuSeconds * 1_000) / result.count,
    clientCpuMs: (result.cpuSeconds * 1_000) / result.count,
  };
}

export function megabytes(bytes: ProcessUsage['rssBytes']): number {
  return bytes / 1_048_576;
}
